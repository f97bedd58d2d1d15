#include <benchmark/benchmark.h>

#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/dhcp6.hpp"
#include "wire/dhcp/example_messages.hpp"

namespace vedette::wire::dhcp {
namespace {

Bytes clean4() {
    Bytes message = Example4(1)
                        .type(3)
                        .option(12, "louvre")
                        .option(55, {1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252})
                        .option(60, "MSFT 5.0")
                        .option(61, {1, 0, 0x0c, 0x29, 0xaa, 0xbb, 1})
                        .option(81, {0, 0, 0, 'l', 'o', 'u', 'v', 'r', 'e'})
                        .number(50, 0xc0000205, 4)
                        .end();
    message.resize(300);
    return message;
}

Bytes clean6() {
    return message6(7, 1,
                    joined({option6(1, ByteView(duid_ll(1))), option6(2, ByteView(duid_ll(9))),
                            ia_na(7, address6(5), 4000), option6(23, ByteView(address6(0x53))),
                            option6(24, {2, 'f', 'r', 0})}));
}

// Each run gets a copy damaged in another place, so that no branch is learnt.
template <typename View>
void run(benchmark::State& state, const Bytes& clean, bool damaged) {
    std::vector<Bytes> messages;
    for (std::size_t i = 0; i < 256; ++i) {
        Bytes message = clean;
        if (damaged) message.resize(1 + i * (clean.size() - 1) / 256);
        messages.push_back(std::move(message));
    }
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(View::inspect(ByteView(messages[i++ % 256])).damage());
    }
}

void BM_Dhcp4Clean(benchmark::State& state) {
    run<MessageView4>(state, clean4(), false);
}
void BM_Dhcp4Damaged(benchmark::State& state) {
    run<MessageView4>(state, clean4(), true);
}
void BM_Dhcp6Clean(benchmark::State& state) {
    run<MessageView6>(state, clean6(), false);
}
void BM_Dhcp6Damaged(benchmark::State& state) {
    run<MessageView6>(state, clean6(), true);
}
BENCHMARK(BM_Dhcp4Clean);
BENCHMARK(BM_Dhcp4Damaged);
BENCHMARK(BM_Dhcp6Clean);
BENCHMARK(BM_Dhcp6Damaged);

}  // namespace
}  // namespace vedette::wire::dhcp
