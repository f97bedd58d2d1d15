// Point-to-point links: PPP (RFC 1661, RFC 1662 framing left in), PPPoE (RFC 2516), Cisco HDLC,
// Frame Relay (RFC 2427).
#include "wire/link/steps.hpp"

namespace vedette::wire::link {
namespace {

constexpr std::uint8_t kAllStations = 0xff;
constexpr std::uint8_t kUnnumbered = 0x03;

Next ppp_protocol(Cursor& cursor, std::uint16_t protocol) noexcept {
    switch (protocol) {
        case 0x0021:
            cursor.ether_type = kEtherIpv4;
            return Next::Done;
        case 0x0057:
            cursor.ether_type = kEtherIpv6;
            return Next::Done;
        case 0x0281:
            cursor.ether_type = kEtherMpls;
            return Next::EtherType;
        case 0x0283:
            cursor.ether_type = kEtherMplsMulticast;
            return Next::EtherType;
        default:
            return Next::Nothing;
    }
}

}  // namespace

// address(1) control(1), both often left out; protocol(1 or 2, RFC 1661 2: odd last byte).
Next ppp(Cursor& cursor) noexcept {
    if (cursor.reader.peek() == kAllStations && cursor.reader.peek(1) == kUnnumbered) {
        cursor.reader.skip(2);
    } else if (cursor.reader.peek() == 0x0f || cursor.reader.peek() == 0x8f) {
        return cisco_hdlc(cursor);  // LINKTYPE_PPP_HDLC may hold Cisco's framing (RFC 1547)
    }
    std::uint16_t protocol = cursor.reader.u8();
    if ((protocol & 1U) == 0) {
        protocol = static_cast<std::uint16_t>(protocol << 8U | cursor.reader.u8());
    }
    return ppp_protocol(cursor, protocol);
}

Next ppp_with_direction(Cursor& cursor) noexcept {
    cursor.reader.skip(1);
    // pppd writes the direction over the address byte and keeps the control byte.
    if (cursor.reader.peek() == kUnnumbered) cursor.reader.skip(1);
    return Next::Ppp;
}

// version(4) type(4) code(8) session(16) length(16), then a PPP frame without framing.
Next pppoe(Cursor& cursor) noexcept {
    const std::uint8_t version = cursor.reader.u8();
    const std::uint8_t code = cursor.reader.u8();
    cursor.reader.skip(2);
    const std::size_t length = cursor.reader.u16();
    if (!cursor.reader.ok() || version != 0x11 || code != 0) return Next::Nothing;
    if (length != 0 && length <= cursor.reader.remaining()) {
        cursor.reader = cursor.reader.child(length);
    }
    return Next::Ppp;
}

// address(1) control(1) EtherType(2)
Next cisco_hdlc(Cursor& cursor) noexcept {
    cursor.reader.skip(2);
    cursor.ether_type = cursor.reader.u16();
    return Next::EtherType;
}

Next cisco_hdlc_with_direction(Cursor& cursor) noexcept {
    cursor.reader.skip(1);
    return cisco_hdlc(cursor);
}

// Q.922 address (2 to 4 bytes, the last has its low bit set), then either an EtherType (Cisco) or
// control(1) [pad(1)] NLPID(1).
Next frame_relay(Cursor& cursor) noexcept {
    unsigned length = 0;
    std::uint8_t octet = 0;
    do {
        octet = cursor.reader.u8();
        ++length;
    } while ((octet & 1U) == 0 && length < 4 && cursor.reader.ok());
    if ((octet & 1U) == 0) return Next::Nothing;
    if (cursor.reader.peek() != kUnnumbered) {
        cursor.ether_type = cursor.reader.u16();
        return Next::EtherType;
    }
    cursor.reader.skip(1);
    if (cursor.reader.peek() == 0) cursor.reader.skip(1);
    switch (cursor.reader.u8()) {
        case 0xcc:
            cursor.ether_type = kEtherIpv4;
            return Next::Done;
        case 0x8e:
            cursor.ether_type = kEtherIpv6;
            return Next::Done;
        case 0x80: {
            const std::uint32_t oui =
                std::uint32_t{cursor.reader.u8()} << 16U | cursor.reader.u16();
            cursor.ether_type = cursor.reader.u16();
            return oui == 0 ? Next::EtherType : Next::Nothing;
        }
        default:
            return Next::Nothing;
    }
}

Next frame_relay_with_direction(Cursor& cursor) noexcept {
    cursor.reader.skip(1);
    return frame_relay(cursor);
}

}  // namespace vedette::wire::link
