// Any bytes as one packet: what is found lies in it, and has at least a header.
#include "decode/packet_messages.hpp"

#include <array>

#include "wire/dns/name.hpp"
#include "wire/reader/battery.hpp"
#include "wire/reader/reader.hpp"

using namespace vedette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    wire::Reader reader{ByteView(data, size)};
    const std::uint16_t link_type = reader.u16();
    const ByteView packet = reader.rest();
    std::array<decode::PacketMessage, 3> found;
    const std::size_t count = decode::read_packet_messages(link_type, packet, found);
    if (count > found.size()) __builtin_trap();
    for (std::size_t i = 0; i < count; ++i) {
        if (!wire::lies_within(found[i].message, packet)) __builtin_trap();
        if (found[i].message.size() < wire::dns::kHeaderBytes) __builtin_trap();
    }
    return 0;
}
