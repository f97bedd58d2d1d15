// What a datagram costs that the kernel does not carry: its frame read, and the answer's written.
#include <benchmark/benchmark.h>

#include <cstring>

#include "service/dnsd/net/udp_frame.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kAnswerBytes = 110;  // an address, a name server and its address

void read_and_answer(benchmark::State& state, const char* hex) {
    const std::vector<std::uint8_t> question = wire::from_hex(hex);
    std::vector<std::uint8_t> out(2'048, 0x5a);
    if (!read_udp_frame(question)) return state.SkipWithError("the question is not read");
    for (auto _ : state) {
        const auto read = read_udp_frame(question);
        benchmark::DoNotOptimize(write_udp_frame(*read, out, kAnswerBytes));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}

void frame_v4(benchmark::State& state) {
    read_and_answer(state,
                    "020000000001 020000000002 0800"
                    "4500 0039 1c46 4000 40 11 9a6a c0000202 c0000201"
                    "d431 0035 0025 23e0"
                    "abcd 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001");
}

BENCHMARK(frame_v4);

}  // namespace
}  // namespace vedette::dnsd
