// Any bytes as IP and as every tunnel: views stay inside, unreadable headers give no payload.
#include "wire/ip/ip.hpp"
#include "wire/ip/tunnel.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    for (ip::IpView view : {ip::read_ip(bytes), ip::read_ipv6(bytes), ip::read_ipv4(bytes)}) {
        if (!lies_within(view.payload, bytes) || !lies_within(view.source, bytes)) __builtin_trap();
        if (!view.readable() && !view.damage) __builtin_trap();
        if (view.readable()) ip::read_extensions(view);
        if (!lies_within(view.payload, bytes)) __builtin_trap();
    }
    for (int tunnel = 0; tunnel <= static_cast<int>(ip::Tunnel::Mpls); ++tunnel) {
        const ip::TunnelView view = ip::read_tunnel(static_cast<ip::Tunnel>(tunnel), bytes);
        if (!lies_within(view.payload, bytes)) __builtin_trap();
        if (view.damage && view.inner != ip::Inner::Nothing) __builtin_trap();
    }
    return 0;
}
