// What a row costs beside copying its bytes; items are packets.
#include <benchmark/benchmark.h>

#include <cstring>

#include "captures/listing/packet_csv.hpp"
#include "decode/test_packets.hpp"

namespace vedette::captures {
namespace {

namespace test = decode::test;

constexpr std::uint16_t kFlows = 256;

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

std::string all_rows(const sys::PacketBatch& batch, decode::PacketInspector& inspector) {
    PacketCsv csv;
    decode::PacketFacts facts;
    for (const sys::PacketRecord& record : batch.packets) {
        inspector.inspect(record, 1, facts);
        csv.add(facts);
    }
    return std::string(csv.text());
}

void BM_Row_Copy(benchmark::State& state) {
    static constexpr std::uint16_t kDnsPorts[] = {53};
    test::PacketList list = mixed();
    decode::PacketInspector inspector({.dns_ports = kDnsPorts});
    const std::string text = all_rows(list.batch(), inspector);
    std::string to(text.size(), ' ');
    for (auto _ : state) {
        std::memcpy(to.data(), text.data(), text.size());
        benchmark::DoNotOptimize(to.data());
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * 2 * kFlows);
}
BENCHMARK(BM_Row_Copy)->Name("row/copy");

void BM_Row_Make(benchmark::State& state) {
    static constexpr std::uint16_t kDnsPorts[] = {53};
    test::PacketList list = mixed();
    const sys::PacketBatch& batch = list.batch();
    decode::PacketInspector inspector({.dns_ports = kDnsPorts});
    PacketCsv csv;
    decode::PacketFacts facts;
    std::uint64_t number = 0;
    for (auto _ : state) {
        csv.clear();
        for (const sys::PacketRecord& record : batch.packets) {
            inspector.inspect(record, ++number, facts);
            csv.add(facts);
        }
        benchmark::DoNotOptimize(csv.text().data());
    }
    state.SetItemsProcessed(state.iterations() * 2 * kFlows);
}
BENCHMARK(BM_Row_Make)->Name("row/make");

}  // namespace
}  // namespace vedette::captures
