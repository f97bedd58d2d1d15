#include <benchmark/benchmark.h>

#include <vector>

#include "model/vendor/vendor.hpp"

namespace vedette {
namespace {

// Addresses spread over the whole table, in an order the cache cannot foresee.
std::vector<MacAddress> spread_addresses() {
    std::vector<MacAddress> macs;
    for (std::uint32_t i = 0; i < 4096; ++i) {
        const auto row = static_cast<std::uint32_t>(mix64(i) % vendor_range_count());
        macs.push_back(vendor_range(row).last);
    }
    return macs;
}

void BM_FindVendor(benchmark::State& state) {
    const std::vector<MacAddress> macs = spread_addresses();
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(find_vendor(macs[i++ % macs.size()]));
    }
}
BENCHMARK(BM_FindVendor);

}  // namespace
}  // namespace vedette
