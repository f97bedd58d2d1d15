#include <benchmark/benchmark.h>

#include <string>

#include "decode/identity.hpp"

namespace vedette::decode {
namespace {

constexpr Timestamp kNow = Timestamp::from_seconds(1'700'000'000);

// `range(0)` hosts with leases and names, asked for in an order the cache cannot foresee.
void BM_ResolveKnown(benchmark::State& state) {
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    Identity identity;
    for (std::uint32_t i = 0; i < hosts; ++i) {
        LeaseEvent lease;
        lease.time = lease.start = kNow;
        lease.end = kNow + Duration::seconds(3600);
        lease.address = IpAddress::from_v4(0x0a000000U + i);
        lease.mac = MacAddress::from_u64(0x000c29000000ULL + i);
        lease.state = LeaseState::Bound;
        identity.on_lease(lease, "host-" + std::to_string(i));
    }
    std::uint32_t i = 0;
    for (auto _ : state) {
        i = i * 1'664'525U + 1'013'904'223U;
        const std::uint32_t host = (i >> 8U) % hosts;
        benchmark::DoNotOptimize(identity.resolve(kNow, IpAddress::from_v4(0x0a000000U + host),
                                                  MacAddress::from_u64(0x000c29000000ULL + host),
                                                  {}));
    }
}
BENCHMARK(BM_ResolveKnown)->Arg(16)->Arg(1000)->Arg(60'000);

// Both ends of a packet noted, then its client resolved: what one DNS message costs.
void BM_PacketAndResolve(benchmark::State& state) {
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    Identity identity;
    PacketContext packet;
    packet.time = kNow;
    packet.has_link = true;
    packet.hop_limit = 64;
    packet.destination = IpAddress::from_v4(0x0aff0001U);
    packet.link_destination = MacAddress::from_u64(0x00000c000001ULL);
    std::uint32_t i = 0;
    for (auto _ : state) {
        i = i * 1'664'525U + 1'013'904'223U;
        const std::uint32_t host = (i >> 8U) % hosts;
        packet.source = IpAddress::from_v4(0x0a000000U + host);
        packet.link_source = MacAddress::from_u64(0x000c29000000ULL + host);
        identity.on_packet(packet);
        benchmark::DoNotOptimize(identity.resolve(kNow, packet.source, packet.link_source, {}));
    }
}
BENCHMARK(BM_PacketAndResolve)->Arg(16)->Arg(1000)->Arg(60'000);

// Every packet from a new forged address: the table is full and forgets.
void BM_ForgedSources(benchmark::State& state) {
    Identity identity;
    std::uint32_t i = 0;
    const MacAddress mac = MacAddress::from_u64(0x000c29000001ULL);
    for (auto _ : state) {
        const IpAddress address = IpAddress::from_v4(static_cast<std::uint32_t>(mix64(++i)));
        identity.on_link(kNow, address, mac, 64);
        benchmark::DoNotOptimize(identity.resolve(kNow, address, mac, {}));
    }
}
BENCHMARK(BM_ForgedSources);

}  // namespace
}  // namespace vedette::decode
