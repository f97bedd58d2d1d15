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

void put16(Bytes& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

/// The worst that names can do: owners that point all over a chain of 126 pointers. Without a limit
/// per message this costs 24 times (1.4 kB) to 46 times (64 KiB) what clean bytes do.
Bytes make_maze(std::size_t size) {
    Bytes message = make_large(0);
    message.resize(35);
    message.insert(message.end(), {0, 0xff, 0x77, 0, 1, 0, 0, 0, 0, 0, 252});
    std::size_t previous = 12;
    std::size_t end = 0;
    for (int i = 0; i < 126; ++i) {
        end = message.size();
        put16(message, 0xc000U | previous);
        previous = end;
    }
    std::size_t records = 1;
    for (; message.size() + 16 <= size; ++records) {
        put16(message, 0xc000U | (end - 2 * (records % 61)));
        message.insert(message.end(), {0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1});
    }
    message[6] = static_cast<std::uint8_t>(records >> 8U);
    message[7] = static_cast<std::uint8_t>(records);
    return message;
}

void pointer_maze_of_1400_bytes(benchmark::State& state) {
    run(state, {make_maze(1400)});
}
void pointer_maze_of_64_kib(benchmark::State& state) {
    run(state, {make_maze(65'000)});
}

BENCHMARK(answer_of_81_bytes);
BENCHMARK(answer_of_64_kib);
BENCHMARK(all_malformed);
BENCHMARK(pointer_maze_of_1400_bytes);
BENCHMARK(pointer_maze_of_64_kib);

}  // namespace
}  // namespace vedette::wire::dns
