// One walk over a message: the 81-byte answer of the house's budget (40 ns), a large answer, and
// messages that are all damaged, each in another place.
#include <benchmark/benchmark.h>

#include <vector>

#include "wire/dns/message.hpp"

namespace vedette::wire::dns {
namespace {

using Bytes = std::vector<std::uint8_t>;

// www.wikipedia.example A -> CNAME and A, then OPT: 81 bytes.
Bytes make_answer() {
    return {0x12, 0x34, 0x81, 0x80, 0,   1,    0,    2,   0,   0, 0,   1,   3,   'w', 'w', 'w', 9,
            'w',  'i',  'k',  'i',  'p', 'e',  'd',  'i', 'a', 3, 'o', 'r', 'g', 0,   0,   1,   0,
            1,    0xc0, 12,   0,    5,   0,    1,    0,   0,   1, 44,  0,   7,   4,   'd', 'y', 'n',
            'a',  0xc0, 16,   0xc0, 47,  0,    1,    0,   1,   0, 0,   1,   44,  0,   4,   192, 0,
            2,    1,    0,    0,    41,  0x04, 0xd0, 0,   0,   0, 0,   0,   0};
}

Bytes make_large(unsigned records) {
    Bytes message = make_answer();
    message.resize(35);
    message[6] = static_cast<std::uint8_t>(records >> 8U);
    message[7] = static_cast<std::uint8_t>(records);
    message[11] = 0;
    for (unsigned i = 0; i < records; ++i) {
        message.insert(message.end(), {0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1});
    }
    return message;
}

void run(benchmark::State& state, const std::vector<Bytes>& messages) {
    std::size_t next = 0;
    std::size_t bytes = 0;
    for (auto _ : state) {
        const Bytes& message = messages[next];
        next = next + 1 == messages.size() ? 0 : next + 1;
        bytes += message.size();
        const MessageView view = MessageView::inspect(message);
        benchmark::DoNotOptimize(view.damage().id);
        benchmark::DoNotOptimize(view.records_read(Section::Answer));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void answer_of_81_bytes(benchmark::State& state) {
    run(state, {make_answer()});
}
void answer_of_64_kib(benchmark::State& state) {
    run(state, {make_large(4000)});
}

void all_malformed(benchmark::State& state) {
    std::vector<Bytes> messages;
    for (std::size_t size = 1; size < make_answer().size(); ++size) {
        messages.push_back(make_answer());
        messages.back().resize(size);
        messages.push_back(make_answer());
        messages.back()[size] = 0xc0;
    }
    run(state, messages);
}

/// The worst that 64 KiB of names can do: every owner a chain of pointers to pointers.
void pointer_chains(benchmark::State& state) {
    Bytes message = make_large(4000);
    message.resize(35);
    for (unsigned i = 0; i < 4000; ++i) {
        const std::size_t previous = i == 0 ? 12 : message.size() - 16;
        const std::size_t target = previous <= 0x3fff ? previous : 35 + 16 * (i % 900);
        message.insert(message.end(), {static_cast<std::uint8_t>(0xc0U | target >> 8U),
                                       static_cast<std::uint8_t>(target), 0, 1, 0, 1, 0, 0, 1, 44,
                                       0, 4, 192, 0, 2, 1});
        if (i % 120 == 119) message[message.size() - 15] = 12, message[message.size() - 16] = 0xc0;
    }
    run(state, {message});
}

BENCHMARK(answer_of_81_bytes);
BENCHMARK(answer_of_64_kib);
BENCHMARK(all_malformed);
BENCHMARK(pointer_chains);

}  // namespace
}  // namespace vedette::wire::dns
