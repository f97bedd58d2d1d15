#include <benchmark/benchmark.h>

#include <vector>

#include "decode/dhcp_test_session.hpp"

namespace vedette::decode {
namespace {

using wire::dhcp::Bytes;
using wire::dhcp::Example4;

// 1,000 clients renewing: request and ACK in turn.
std::vector<Bytes> renewals() {
    std::vector<Bytes> messages;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::uint64_t mac = 0x000c29000000ULL + i;
        const std::uint32_t address = 0x0a000000U + i;
        messages.push_back(Example4(1, i, mac)
                               .type(3)
                               .ciaddr(address)
                               .option(12, "louvre")
                               .option(55, {1, 3, 6, 15, 119})
                               .option(60, "MSFT 5.0")
                               .end());
        messages.push_back(
            Example4(2, i, mac).type(5).yiaddr(address).number(54, 1, 4).number(51, 3600, 4).end());
    }
    return messages;
}

void run(benchmark::State& state, const std::vector<Bytes>& messages) {
    DhcpSession session;
    session.packet.time = dhcp_at(0);
    std::size_t i = 0;
    for (auto _ : state) {
        session.packet.time = session.packet.time + Duration::millis(2);
        ++session.packet.packet;
        session.tracker.on_v4(session.packet, messages[i++ % messages.size()], session.out);
        if (i % 512 == 0) session.out.clear();
    }
}

void BM_Renewals(benchmark::State& state) {
    run(state, renewals());
}

void BM_RenewalsAllDamaged(benchmark::State& state) {
    std::vector<Bytes> messages = renewals();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        messages[i].resize(1 + i * 97 % (messages[i].size() - 2));
    }
    run(state, messages);
}

void BM_StarvationFlood(benchmark::State& state) {
    std::vector<Bytes> messages;
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        messages.push_back(Example4(1, i, 0x020000000000ULL + i).type(1).end());
    }
    run(state, messages);
}

BENCHMARK(BM_Renewals);
BENCHMARK(BM_RenewalsAllDamaged);
BENCHMARK(BM_StarvationFlood);

}  // namespace
}  // namespace vedette::decode
