// What naming a packet costs, beside decoding the same packets; items are packets.
#include <benchmark/benchmark.h>

#include "decode/decoder.hpp"
#include "decode/packet_facts.hpp"
#include "decode/test_packets.hpp"

namespace vedette::decode {
namespace {

constexpr std::uint16_t kFlows = 512;

/// DNS, and segments of many connections whose content proves nothing.
test::PacketList mixed() {
    test::PacketList packets;
    for (std::uint16_t i = 0; i < kFlows; ++i) {
        packets.add(test::query_frame(i, "host" + std::to_string(i) + ".example.com"));
        const auto port = static_cast<std::uint16_t>(40'000 + i);
        packets.add(test::ethernet(
            0x0800, test::ipv4({.protocol = 6}, test::tcp({port, 443}, test::Bytes(500, 'x')))));
    }
    return packets;
}

void BM_Walk_Decode(benchmark::State& state) {
    test::PacketList list = mixed();
    const sys::PacketBatch& batch = list.batch();
    Decoder decoder;
    EventBatch out;
    for (auto _ : state) {
        out.clear();
        decoder.decode(batch, out);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.packets.size()));
}
BENCHMARK(BM_Walk_Decode)->Name("walk/decode");

void BM_Walk_Inspect(benchmark::State& state) {
    static constexpr std::uint16_t kDnsPorts[] = {53};
    test::PacketList list = mixed();
    const sys::PacketBatch& batch = list.batch();
    PacketInspector inspector({.dns_ports = kDnsPorts});
    PacketFacts facts;
    for (auto _ : state) {
        for (const sys::PacketRecord& record : batch.packets) {
            inspector.inspect(record, 1, facts);
            benchmark::DoNotOptimize(facts.protocol);
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.packets.size()));
}
BENCHMARK(BM_Walk_Inspect)->Name("walk/inspect");

}  // namespace
}  // namespace vedette::decode
