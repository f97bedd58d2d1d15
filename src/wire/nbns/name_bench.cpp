#include <benchmark/benchmark.h>

#include <string_view>

#include "wire/nbns/name.hpp"

namespace vedette::wire::nbns {
namespace {

void decode(benchmark::State& state, std::string_view wire) {
    NetbiosName name;
    for (auto _ : state) {
        benchmark::DoNotOptimize(decode_name(as_bytes(wire), name));
    }
}

using namespace std::string_view_literals;
BENCHMARK_CAPTURE(decode, clean, " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0"sv);
BENCHMARK_CAPTURE(decode, malformed, " CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAz\0"sv);

}  // namespace
}  // namespace vedette::wire::nbns
