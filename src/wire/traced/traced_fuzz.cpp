// Any bytes as a stream of traced frames: what is read lies in the input, every whole frame can be
// written again, and the walk ends.
#include <algorithm>

#include "wire/reader/battery.hpp"
#include "wire/traced/frame.hpp"

using namespace vedette;
using namespace vedette::wire;

namespace {

constexpr std::uint8_t kSpareFlags = 0x30;

void check_round_trip(const traced::FrameView& view, ByteView bytes) {
    const traced::HeaderBytes again = traced::write_header(view.header);
    for (std::size_t i = 0; i < again.size(); ++i) {
        const std::uint8_t mask = i == 3 ? static_cast<std::uint8_t>(~kSpareFlags) : 0xff;
        if ((again[i] & mask) != (bytes[i] & mask)) __builtin_trap();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteView bytes(data, size);
    for (;;) {
        const traced::FrameView view = traced::read_frame(bytes);
        if (!lies_within(view.payload, bytes)) __builtin_trap();
        if (view.whole == static_cast<bool>(view.damage)) __builtin_trap();
        if (traced::starts_frame(bytes) && view.broken()) __builtin_trap();
        if (!view.whole) return 0;
        if (view.header.length != view.payload.size()) __builtin_trap();
        check_round_trip(view, bytes);
        bytes = bytes.subspan(view.bytes());
    }
}
