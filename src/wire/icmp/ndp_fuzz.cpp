// Any bytes as ICMPv6: option walks end, addresses are whole or absent.
#include "wire/icmp/ndp.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const icmp::NdpView view = icmp::read_ndp(bytes, 0);
    for (const ByteView part : {view.target, view.source_mac, view.target_mac}) {
        if (!lies_within(part, bytes)) __builtin_trap();
    }
    if (!view.source_mac.empty() && view.source_mac.size() != 6) __builtin_trap();
    if (!view.is_ndp && !view.target.empty()) __builtin_trap();
    return 0;
}
