// What a packet costs from its link header to a matched transaction, on ordinary traffic and on
// batches where everything is damaged. Items are packets.
#include <benchmark/benchmark.h>

#include "decode/decoder.hpp"
#include "decode/test_packets.hpp"

namespace vedette::decode {
namespace {

using namespace test;

constexpr std::uint16_t kPairs = 512;

/// Queries with their answers behind them, a few at a time under way, from 64 clients.
PacketList ordinary() {
    PacketList packets;
    for (std::uint16_t i = 0; i < kPairs; ++i) {
        const std::string name = "host" + std::to_string(i) + ".example.com";
        Bytes query = query_frame(i, name);
        Bytes answer = answer_frame(i, name);
        query[29] = answer[33] = static_cast<std::uint8_t>(i % 64);
        packets.add(std::move(query));
        packets.add(std::move(answer));
    }
    return packets;
}

/// The same with one byte of each packet changed, link, IP, UDP and DNS in turn.
PacketList damaged() {
    PacketList packets;
    for (std::uint16_t i = 0; i < 2 * kPairs; ++i) {
        Bytes frame = query_frame(i, "host" + std::to_string(i) + ".example.com");
        switch (i % 6) {
            case 0:
                frame.resize(10 + i % 20);
                break;
            case 1:
                frame[14] = 0x41;
                break;
            case 2:
                frame[39] = 3;
                break;
            case 3:
                frame[54] = 0xc0;
                frame[55] = 0xff;
                break;
            case 4:
                frame[54] = 0x7f;
                break;
            default:
                frame.resize(frame.size() - 7);
                break;
        }
        packets.add(std::move(frame));
    }
    return packets;
}

/// Other traffic: what a sensor on a busy link mostly sees.
PacketList others() {
    PacketList packets;
    for (std::uint16_t i = 0; i < 2 * kPairs; ++i) {
        const Tcp header{.source = static_cast<std::uint16_t>(30'000 + i), .destination = 443};
        packets.add(ethernet(0x0800, ipv4({6}, tcp(header, Bytes(200, 0x17)))));
    }
    return packets;
}

void run(benchmark::State& state, PacketList packets) {
    Decoder decoder;
    EventBatch out;
    const sys::PacketBatch& batch = packets.batch();
    for (auto _ : state) {
        decoder.decode(batch, out);
        benchmark::DoNotOptimize(out.dns.data());
        out.clear();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(packets.size()));
}

BENCHMARK_CAPTURE(run, ordinary, ordinary());
BENCHMARK_CAPTURE(run, damaged, damaged());
BENCHMARK_CAPTURE(run, others, others());

}  // namespace
}  // namespace vedette::decode
