// Runs the path of a packet over the demo capture, so that the compiler learns which way its
// branches go. Built and run while the release program is built (CMakeLists.txt beside this file);
// never installed. The same capture and seed always give the same profile.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "decode/decoder.hpp"
#include "sys/capture/file_source.hpp"
#include "sys/capture/filtered_source.hpp"

namespace vedette {
namespace {

/// How often the ordinary part is read: it outweighs the demo's many troubles, as it does on a
/// network, and the table of pending queries reaches its steady state.
constexpr int kOrdinaryRuns = 20;

Result<void> decode_all(sys::PacketSource& source) {
    decode::DecoderOptions options;
    options.dns.hash_seed = 1;
    decode::Decoder decoder{std::move(options)};
    sys::PacketBatch packets;
    EventBatch events;
    for (;;) {
        const Result<sys::ReadStatus> status = source.read(packets);
        if (!status) return std::unexpected(status.error());
        if (*status == sys::ReadStatus::End) break;
        decoder.decode(packets, events);
        events.clear();
    }
    decoder.finish(events);
    return {};
}

Result<void> train(const std::string& capture) {
    Result<std::unique_ptr<sys::PacketSource>> whole = sys::make_file_source({capture});
    if (!whole) return std::unexpected(whole.error());
    VEDETTE_TRY(decode_all(**whole));
    for (int run = 0; run < kOrdinaryRuns; ++run) {
        Result<std::unique_ptr<sys::PacketSource>> file = sys::make_file_source({capture});
        if (!file) return std::unexpected(file.error());
        auto ordinary = sys::make_filtered_source(std::move(*file), "ip and udp port 53");
        if (!ordinary) return std::unexpected(ordinary.error());
        VEDETTE_TRY(decode_all(**ordinary));
    }
    return {};
}

}  // namespace
}  // namespace vedette

int main(int count, char** words) {
    if (count != 2) {
        fmt::print(stderr, "usage: train_hot_path CAPTURE\n");
        return 2;
    }
    const vedette::Result<void> trained = vedette::train(words[1]);
    if (!trained) fmt::print(stderr, "train_hot_path: {}\n", trained.error().text);
    return trained ? 0 : 1;
}
