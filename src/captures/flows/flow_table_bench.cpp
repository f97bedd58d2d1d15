// Packets a second through the flow table, for a few busy flows and for a flood of new ones.
#include <benchmark/benchmark.h>

#include <array>

#include "captures/flows/flow_table.hpp"

namespace vedette::captures {
namespace {

struct Nowhere final : FlowSink {
    void on_flow(const Flow&) override { ++flows; }
    std::uint64_t flows = 0;
};

// Ethernet, IPv4, UDP, 40 bytes of payload; the source address and port tell flows apart.
std::array<std::uint8_t, 82> frame() {
    std::array<std::uint8_t, 82> bytes{};
    bytes[12] = 0x08;
    bytes[14] = 0x45;
    bytes[17] = 68;
    bytes[22] = 64;
    bytes[23] = 17;
    bytes[26] = bytes[30] = 10;
    bytes[36] = 0x30;
    bytes[37] = 0x39;
    bytes[39] = 48;
    return bytes;
}

void flow_table(benchmark::State& bench) {
    const auto flows = static_cast<std::uint32_t>(bench.range(0));
    FlowTable table;
    Nowhere sink;
    auto bytes = frame();
    sys::PacketRecord record;
    record.data = bytes.data();
    record.captured = record.original = bytes.size();
    record.link_type = 1;
    std::uint32_t next = 0;
    for (auto _ : bench) {
        bytes[27] = static_cast<std::uint8_t>(next >> 16U);
        bytes[28] = static_cast<std::uint8_t>(next >> 8U);
        bytes[29] = static_cast<std::uint8_t>(next);
        if (++next == flows) next = 0;
        record.time = record.time.known() ? record.time + Duration{1'000} : Timestamp{0};
        table.add(record, sink);
    }
    bench.SetItemsProcessed(static_cast<std::int64_t>(bench.iterations()));
}
BENCHMARK(flow_table)->Arg(100)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace vedette::captures
