#include <benchmark/benchmark.h>

#include <array>

#include "model/domain/registered_domain.hpp"

namespace {

constexpr std::array<std::uint8_t, 22> kName{3, 'w', 'w', 'w', 6,   'l', 'o', 'u', 'v', 'r', 'e',
                                             5, 't', 'o', 'u', 'r', 's', 2,   'f', 'r', 0};

void find_domain(benchmark::State& state) {
    const vedette::ByteView name(kName.data(), 21);
    for (auto _ : state)
        benchmark::DoNotOptimize(vedette::find_registered_domain(name));
}
BENCHMARK(find_domain);

}  // namespace
