// Any bytes under any link type: views stay inside the frame and A-MSDU walks end.
#include "wire/link/link.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto type = static_cast<std::uint16_t>(data[0] << 8U | data[1]);
    const ByteView frame(data + 2, size - 2);
    link::LinkView view = link::read_link(type % 300, frame);
    if (!lies_within(view.payload, frame)) __builtin_trap();
    if (view.ether_type == 0 && !view.payload.empty()) __builtin_trap();
    while (!view.more.empty()) {
        const std::size_t before = view.more.size();
        view = link::read_subframe(view.more);
        if (view.more.size() >= before) __builtin_trap();
    }
    const link::LinkView tagged = link::read_ether_type(type, frame);
    if (!lies_within(tagged.payload, frame)) __builtin_trap();
    return 0;
}
