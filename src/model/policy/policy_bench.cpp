#include <benchmark/benchmark.h>

#include <random>

#include "model/policy/policy.hpp"

namespace vedette {
namespace {

Policy make_policy(std::int64_t prefixes) {
    std::mt19937 random(1);  // NOLINT: the same numbers each time
    std::vector<PolicyEntry> entries;
    for (std::int64_t i = 0; i < prefixes; ++i) {
        PolicyEntry entry;
        entry.verdict = PolicyVerdict::Ban;
        entry.subject.match = PolicyMatch::Prefix;
        entry.subject.prefix = Prefix(IpAddress::from_v4(static_cast<std::uint32_t>(random())),
                                      static_cast<unsigned>(12 + random() % 21));
        entries.push_back(std::move(entry));
    }
    return Policy(std::move(entries), {}, Timestamp::from_seconds(0));
}

void find_resolver(benchmark::State& state) {
    const Policy policy = make_policy(state.range(0));
    std::mt19937 random(2);  // NOLINT
    std::vector<IpAddress> asked;
    for (int i = 0; i < 4'096; ++i)
        asked.push_back(IpAddress::from_v4(static_cast<std::uint32_t>(random())));
    std::size_t at = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(policy.resolver(asked[at++ & 4'095]));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_resolver)->Arg(10)->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace vedette
