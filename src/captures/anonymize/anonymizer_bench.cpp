// Bytes and packets a second through the anonymizer: DNS questions of many clients and names, and
// packets whose payload is thrown away.
#include <benchmark/benchmark.h>

#include <vector>

#include "captures/anonymize/anonymizer.hpp"
#include "decode/test_packets.hpp"

namespace vedette::captures {
namespace {

struct Nowhere final : PacketTaker {
    Result<void> on_packet(const sys::PacketRecord&) override { return {}; }
};

AnonymizeKey key() {
    AnonymizeKey::Bytes bytes{};
    bytes.fill(9);
    return AnonymizeKey(bytes);
}

void run(benchmark::State& bench, const std::vector<std::vector<std::uint8_t>>& frames) {
    Nowhere nowhere;
    Anonymizer anonymizer(key(), {}, nowhere);
    sys::PacketRecord record;
    record.time = Timestamp{0};
    record.link_type = 1;
    std::size_t next = 0;
    std::int64_t bytes = 0;
    for (auto _ : bench) {
        const auto& frame = frames[next];
        if (++next == frames.size()) next = 0;
        record.data = frame.data();
        record.captured = record.original = static_cast<std::uint32_t>(frame.size());
        benchmark::DoNotOptimize(anonymizer.add(record));
        bytes += static_cast<std::int64_t>(frame.size());
    }
    bench.SetItemsProcessed(static_cast<std::int64_t>(bench.iterations()));
    bench.SetBytesProcessed(bytes);
}

void anonymize_dns(benchmark::State& bench) {
    std::vector<std::vector<std::uint8_t>> frames;
    for (unsigned i = 0; i < 1'000; ++i) {
        frames.push_back(decode::test::query_frame(static_cast<std::uint16_t>(i),
                                                   "host" + std::to_string(i) + ".example.com"));
    }
    run(bench, frames);
}
BENCHMARK(anonymize_dns);

void anonymize_other(benchmark::State& bench) {
    const std::vector<std::uint8_t> payload(1'400, 0x42);
    const auto datagram = decode::test::udp(40'000, 50'000, payload);
    run(bench, {decode::test::ethernet(0x0800, decode::test::ipv4({}, datagram))});
}
BENCHMARK(anonymize_other);

}  // namespace
}  // namespace vedette::captures
