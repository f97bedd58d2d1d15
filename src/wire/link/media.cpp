// Other media whose frames carry LLC or an EtherType: token ring, FDDI, InfiniBand, FireWire, ATM.
// Formats: https://www.tcpdump.org/linktypes.html.
#include "wire/link/steps.hpp"

namespace vedette::wire::link {
namespace {

/// Token ring's routing bit, in the first byte of the source address.
constexpr std::uint8_t kRouted = 0x80;

constexpr std::uint8_t reversed(std::uint8_t octet) noexcept {
    std::uint8_t result = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
        result = static_cast<std::uint8_t>(result << 1U | (octet >> bit & 1U));
    }
    return result;
}

/// FDDI captures keep the medium's bit order; MAC addresses are written in Ethernet's.
MacBytes canonical(ByteView mac) noexcept {
    MacBytes result{};
    for (std::size_t i = 0; i < mac.size() && i < result.size(); ++i) {
        result[i] = reversed(mac[i]);
    }
    return result;
}

}  // namespace

// access control(1) frame control(1) destination(6) source(6) [routing] LLC
Next token_ring(Cursor& cursor) noexcept {
    cursor.reader.skip(1);
    const std::uint8_t frame_control = cursor.reader.u8();
    const ByteView destination = cursor.reader.bytes(6);
    cursor.identity(destination);
    cursor.destination(destination);
    const ByteView address = cursor.reader.bytes(6);
    cursor.identity(address);
    if (!cursor.reader.ok() || (frame_control & 0xc0U) != 0x40U) return Next::Nothing;
    cursor.source(address);
    if ((address[0] & kRouted) != 0) {
        cursor.view.source[0] &= 0x7fU;
        const std::size_t routing = cursor.reader.peek() & 0x1fU;
        if (routing < 2) cursor.reader.fail();
        cursor.reader.skip(routing);
    }
    return Next::Llc;
}

// frame control(1) destination(6) source(6) LLC
Next fddi(Cursor& cursor) noexcept {
    const std::uint8_t frame_control = cursor.reader.u8();
    const ByteView to = cursor.reader.bytes(6);
    cursor.identity(to);
    const ByteView from = cursor.reader.bytes(6);
    cursor.identity(from);
    const MacBytes destination = canonical(to);
    const MacBytes source = canonical(from);
    if (!cursor.reader.ok() || (frame_control & 0x70U) != 0x50U) return Next::Nothing;
    cursor.destination(destination);
    cursor.source(source);
    return Next::Llc;
}

// two global identifiers (40 bytes with their headers), EtherType(2) reserved(2): RFC 4391 6
Next infiniband_ip(Cursor& cursor) noexcept {
    cursor.identity(cursor.reader.bytes(40));
    cursor.ether_type = cursor.reader.u16();
    cursor.reader.skip(2);
    return Next::EtherType;
}

// destination(8) source(8) EtherType(2)
Next firewire_ip(Cursor& cursor) noexcept {
    cursor.identity(cursor.reader.bytes(16));
    cursor.ether_type = cursor.reader.u16();
    return Next::EtherType;
}

// RFC 2684: LLC, or IP directly where the circuit is multiplexed
Next atm_llc(Cursor& cursor) noexcept {
    if (cursor.reader.peek() == 0xaa && cursor.reader.peek(1) == 0xaa) return Next::Llc;
    return Next::Ip;
}

// reserved(2) destination(6) reserved(2) source(6), then LLC: RFC 2625 3.2
Next fibre_channel_ip(Cursor& cursor) noexcept {
    cursor.reader.skip(2);
    const ByteView destination = cursor.reader.bytes(6);
    cursor.identity(destination);
    cursor.reader.skip(2);
    const ByteView source = cursor.reader.bytes(6);
    cursor.identity(source);
    if (!cursor.reader.ok()) return Next::Nothing;
    cursor.destination(destination);
    cursor.source(source);
    return Next::Llc;
}

// direction and traffic type(1) VPI(1) VCI(2). Drivers that do not know the type leave it zero.
Next sun_atm(Cursor& cursor) noexcept {
    constexpr std::uint8_t kUnknownTraffic = 0;
    constexpr std::uint8_t kLlcTraffic = 2;
    const unsigned traffic = cursor.reader.u8() & 0x0fU;
    cursor.reader.skip(3);
    const bool snap = cursor.reader.peek() == 0xaa && cursor.reader.peek(1) == 0xaa;
    return traffic == kLlcTraffic || (traffic == kUnknownTraffic && snap) ? Next::Llc
                                                                          : Next::Nothing;
}

// direction(1) compression type(1) compression data(14)
Next bsd_slip(Cursor& cursor) noexcept {
    cursor.reader.skip(2);
    cursor.identity(cursor.reader.bytes(14));  // a compressed header may hold addresses
    return Next::Ip;
}

// pseudo-header(4), Ethernet
Next analyzer(Cursor& cursor) noexcept {
    cursor.reader.skip(4);
    return ethernet(cursor);
}

// pseudo-header(4) preamble and start delimiter(8), Ethernet
Next analyzer_transparent(Cursor& cursor) noexcept {
    cursor.reader.skip(12);
    return ethernet(cursor);
}

// preamble and start delimiter(8), Ethernet
Next mpacket(Cursor& cursor) noexcept {
    cursor.reader.skip(8);
    return ethernet(cursor);
}

Next mpls_link(Cursor& cursor) noexcept {
    cursor.ether_type = kEtherMpls;
    return Next::EtherType;
}

}  // namespace vedette::wire::link
