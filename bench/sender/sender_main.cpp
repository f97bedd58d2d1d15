// vedette_sender INTERFACE PACKETS [PACKETS_PER_SECOND [CAPTURE]]: sends a capture, or generated
// DNS, again and again. For network namespaces only; see packet_sender.hpp.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <span>
#include <string_view>

#include "sender/dns_load.hpp"
#include "sender/packet_sender.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::bench {
namespace {

constexpr std::uint32_t kPairs = 100'000;

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Result<std::vector<Frame>> read_frames(const std::string& path) {
    auto source = sys::make_file_source({path});
    if (!source) return std::unexpected(source.error());
    std::vector<Frame> frames;
    sys::PacketBatch batch;
    while (true) {
        const Result<sys::ReadStatus> status = (*source)->read(batch);
        if (!status) return std::unexpected(status.error());
        if (*status == sys::ReadStatus::End) return frames;
        for (const sys::PacketRecord& packet : batch.packets) {
            if (packet.captured >= 14)
                frames.emplace_back(packet.data, packet.data + packet.captured);
        }
    }
}

}  // namespace
}  // namespace vedette::bench

int main(int argc, char** argv) {
    const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() < 3) {
        fmt::print(stderr, "usage: vedette_sender INTERFACE PACKETS [PER_SECOND [CAPTURE]]\n");
        return 2;
    }
    vedette::bench::SendPlan plan{arguments[1], vedette::bench::number(arguments[2]), 0};
    if (arguments.size() > 3)
        plan.packets_per_second = static_cast<double>(vedette::bench::number(arguments[3]));
    const vedette::Result<std::vector<vedette::bench::Frame>> frames =
        arguments.size() > 4 ? vedette::bench::read_frames(arguments[4])
                             : vedette::bench::make_dns_load(vedette::bench::kPairs);
    const vedette::Result<vedette::bench::SendOutcome> outcome =
        !frames || frames->empty()
            ? vedette::fail(vedette::ErrorKind::InvalidInput, "nothing to send")
            : vedette::bench::send_packets(plan, *frames);
    if (!outcome) {
        fmt::print(stderr, "vedette_sender: {}\n", outcome.error().text);
        return 1;
    }
    fmt::print("sent {} packets in {:.3f} s, {:.0f} per second\n", outcome->sent, outcome->seconds,
               static_cast<double>(outcome->sent) / outcome->seconds);
    return 0;
}
