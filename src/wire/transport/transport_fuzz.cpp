// Any bytes as UDP and TCP: payloads stay inside and lengths keep their promise.
#include "wire/reader/battery.hpp"
#include "wire/transport/transport.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    for (const std::uint32_t missing : {0U, 7U, 65'535U}) {
        const transport::UdpView udp = transport::read_udp(bytes, missing);
        if (!lies_within(udp.payload, bytes)) __builtin_trap();
        if (udp.readable && udp.length < udp.payload.size()) __builtin_trap();
        if (!udp.readable && !udp.damage) __builtin_trap();
        const transport::TcpView tcp = transport::read_tcp(bytes, missing);
        if (!lies_within(tcp.payload, bytes)) __builtin_trap();
        if (tcp.readable == static_cast<bool>(tcp.damage)) __builtin_trap();
    }
    return 0;
}
