// The target that must fail: it reads a byte past its input as soon as that begins with "dns!". If
// fuzz/run.py does not see it fail, sanitizers or coverage feedback are not at work, and the
// silence of every other target would mean nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {
volatile std::uint8_t sink;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    // A branch of its own for each letter: coverage leads the fuzzer from one to the next, where
    // chance alone would need four billion inputs.
    if (data[0] != 'd') return 0;
    if (data[1] != 'n') return 0;
    if (data[2] != 's') return 0;
    if (data[3] != '!') return 0;
    auto* copy = static_cast<std::uint8_t*>(std::malloc(size));
    sink = copy[size];
    std::free(copy);
    return 0;
}
