// Answers per second of one thread without a kernel: clean questions, and nothing but damage.
#include <benchmark/benchmark.h>

#include "service/dnsd/answer/test_zone.hpp"

namespace vedette::dnsd {
namespace {

Snapshot thousand_names() {
    std::string text = "$TTL 300\n@ SOA ns1 h 1 2 3 4 60\n@ NS ns1\nns1 A 127.0.0.1\n";
    for (int i = 0; i < 1'000; ++i)
        text += "host" + std::to_string(i) + " A 10.0.0.1\n";
    return test::snapshot(text, "bench.test.");
}

// With records of the sizes that ECDSA makes; nothing here looks at what they sign.
Snapshot signed_names() {
    const std::string numbers = " 13 3 300 20361231000000 20260101000000 7 @ ";
    const std::string bytes = std::string(85, 'x') + "A==";
    const auto sign = [&](const std::string& owner, const char* type) {
        return owner + " RRSIG " + type + numbers + bytes + "\n";
    };
    std::string text =
        "$TTL 300\n@ SOA ns1 h 1 2 3 4 60\n@ NS ns1\nns1 A 127.0.0.1\n@ NSEC host0 NS "
        "SOA RRSIG NSEC\n";
    text += sign("@", "SOA") + sign("@", "NS") + sign("@", "NSEC");
    for (int i = 0; i < 1'000; ++i) {
        const std::string name = "host" + std::to_string(i);
        text += name + " A 10.0.0.1\n" + name + " NSEC host" + std::to_string(i + 1) +
                " A RRSIG NSEC\n" + sign(name, "A") + sign(name, "NSEC");
    }
    return test::snapshot(text, "bench.test.");
}

void run(benchmark::State& state, const std::vector<std::vector<std::uint8_t>>& queries,
         const Snapshot& snapshot = thousand_names()) {
    Responder responder;
    std::vector<std::uint8_t> out(4'096);
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(responder.answer(queries[i], {}, snapshot, out));
        i = i + 1 == queries.size() ? 0 : i + 1;
    }
    state.SetItemsProcessed(state.iterations());
}

std::vector<std::vector<std::uint8_t>> questions(const char* prefix, const char* type,
                                                 std::uint16_t udp_size, bool dnssec_ok = false) {
    std::vector<std::vector<std::uint8_t>> queries;
    for (int i = 0; i < 1'000; ++i) {
        test::Ask ask{prefix + std::to_string(i) + ".bench.test.", type};
        ask.udp_size = udp_size;
        ask.dnssec_ok = dnssec_ok;
        queries.push_back(ask.message());
    }
    return queries;
}

void answer_address(benchmark::State& state) {
    run(state, questions("host", "A", 0));
}
void answer_edns(benchmark::State& state) {
    run(state, questions("host", "A", 1'232));
}
void answer_no_data(benchmark::State& state) {
    run(state, questions("host", "AAAA", 0));
}
void answer_no_name(benchmark::State& state) {
    run(state, questions("no", "A", 0));
}
void answer_signed(benchmark::State& state) {
    run(state, questions("host", "A", 1'232, true), signed_names());
}
void answer_signed_no_data(benchmark::State& state) {
    run(state, questions("host", "AAAA", 1'232, true), signed_names());
}
void answer_signed_no_name(benchmark::State& state) {
    run(state, questions("no", "A", 1'232, true), signed_names());
}
void answer_refused(benchmark::State& state) {
    run(state, {test::Ask{"www.example.com."}.message()});
}
void answer_damaged(benchmark::State& state) {
    auto queries = questions("host", "A", 1'232);
    for (auto& query : queries)
        query[query.size() - 1] = 9;  // options longer than the record
    run(state, queries);
}

BENCHMARK(answer_address);
BENCHMARK(answer_edns);
BENCHMARK(answer_no_data);
BENCHMARK(answer_no_name);
BENCHMARK(answer_signed);
BENCHMARK(answer_signed_no_data);
BENCHMARK(answer_signed_no_name);
BENCHMARK(answer_refused);
BENCHMARK(answer_damaged);

}  // namespace
}  // namespace vedette::dnsd
