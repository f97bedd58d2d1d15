// Inspecting, pairing and telling DNS messages: the cost per message of the whole tracker.
#include <benchmark/benchmark.h>

#include <string>

#include "decode/dns_test_messages.hpp"
#include "decode/dns_tracker.hpp"

namespace vedette::decode {
namespace {

struct Exchange {
    PacketContext query;
    PacketContext answer;
    test::Bytes asked;
    test::Bytes answered;
};

std::vector<Exchange> make_exchanges(std::size_t count) {
    std::vector<Exchange> exchanges(count);
    for (std::size_t i = 0; i < count; ++i) {
        Exchange& exchange = exchanges[i];
        PacketContext& query = exchange.query;
        query.source = IpAddress::from_v4(0xc0000200U + static_cast<std::uint32_t>(i % 50));
        query.destination = IpAddress::from_v4(0xc6336435U);
        query.source_port = static_cast<std::uint16_t>(1024 + i % 60'000);
        query.destination_port = 53;
        query.link_source = MacAddress::from_u64(0x020000000000U + i % 50);
        query.has_link = true;
        query.hop_limit = 64;
        exchange.answer = query;
        std::swap(exchange.answer.source, exchange.answer.destination);
        std::swap(exchange.answer.source_port, exchange.answer.destination_port);
        const std::string name = "host" + std::to_string(i) + ".example.com";
        exchange.asked = test::query(static_cast<unsigned>(i), name);
        exchange.answered = test::answer(static_cast<unsigned>(i), name);
    }
    return exchanges;
}

/// `under_way` queries are asked before the first of them is answered.
void run(benchmark::State& state, std::size_t under_way, bool damaged) {
    auto exchanges = make_exchanges(4096);
    if (damaged) {
        for (Exchange& exchange : exchanges) {
            exchange.asked[12] = 0xc0;
            exchange.answered.resize(exchange.answered.size() - 2);
        }
    }
    Identity identity;
    TraceCounts counts;
    DnsTracker tracker(identity, counts);
    EventBatch out;
    std::int64_t clock = 1'000'000'000'000'000'000;
    const auto send = [&](const PacketContext& where, const test::Bytes& message) {
        PacketContext packet = where;
        packet.time = {clock += 1000};
        packet.packet = static_cast<std::uint64_t>(clock);
        tracker.on_message(packet, DnsProtocol::Dns, message, out);
    };
    for (auto _ : state) {
        for (std::size_t i = 0; i < exchanges.size(); ++i) {
            send(exchanges[i].query, exchanges[i].asked);
            if (i >= under_way) {
                const Exchange& old = exchanges[i - under_way];
                send(old.answer, old.answered);
            }
        }
        for (std::size_t i = exchanges.size() - under_way; i < exchanges.size(); ++i) {
            send(exchanges[i].answer, exchanges[i].answered);
        }
        out.clear();
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * exchanges.size() * 2));
}

void clean_few_under_way(benchmark::State& state) {
    run(state, 16, false);
}
void clean_many_under_way(benchmark::State& state) {
    run(state, 4000, false);
}
void all_malformed(benchmark::State& state) {
    run(state, 16, true);
}

BENCHMARK(clean_few_under_way);
BENCHMARK(clean_many_under_way);
BENCHMARK(all_malformed);

}  // namespace
}  // namespace vedette::decode
