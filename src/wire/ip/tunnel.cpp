#include "wire/ip/tunnel.hpp"

#include "wire/ip/ip.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::ip {
namespace {

// wire/link's names for these numbers cannot be included: folders of one floor stand alone.
constexpr std::uint16_t kLinkEthernet = 1;
constexpr std::uint16_t kLinkPpp = 9;
constexpr std::uint16_t kLinkWifi = 105;
constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::uint16_t kEtherMpls = 0x8847;
constexpr std::uint16_t kEtherNsh = 0x894f;

/// GTP-U and GRE chains longer than this are damage, not networks.
constexpr unsigned kMaxTunnelOptions = 8;

TunnelView of_ether_type(Reader& reader, std::uint16_t type) noexcept {
    TunnelView view;
    view.inner = Inner::EtherType;
    view.ether_type = type;
    view.payload = reader.rest();
    return view;
}

TunnelView of_link(Reader& reader, std::uint16_t type) noexcept {
    TunnelView view;
    view.inner = Inner::LinkType;
    view.link_type = type;
    view.payload = reader.rest();
    return view;
}

TunnelView of_ip(Reader& reader) noexcept {
    TunnelView view;
    view.inner = Inner::Ip;
    view.payload = reader.rest();
    return view;
}

/// ERSPAN (draft-foschiano-erspan): types I (no header), II (8 bytes), III (12, and 8 more with O).
TunnelView erspan(Reader& reader, std::uint16_t protocol, bool has_sequence) noexcept {
    if (protocol == 0x22eb) {
        reader.skip(10);
        if ((reader.u16() & 1U) != 0) reader.skip(8);
    } else if (has_sequence) {
        reader.skip(8);
    }
    return of_link(reader, kLinkEthernet);
}

/// RFC 1701 routing entries: family(2) offset(1) length(1) data; length 0 ends the list.
void skip_source_routes(Reader& reader) noexcept {
    for (unsigned i = 0; i < kMaxTunnelOptions; ++i) {
        reader.skip(3);
        const std::size_t length = reader.u8();
        if (length == 0) return;
        reader.skip(length);
    }
    reader.fail();
}

// C R K S s recursion(3) A flags(4) version(3) | protocol(16) | [checksum(16) offset(16)] [key(32)]
// [sequence(32)] [acknowledgment(32), version 1]: RFC 2784, 2890, 2637 4.1
TunnelView read_gre(Reader& reader) noexcept {
    constexpr std::uint16_t kChecksum = 0x8000;
    constexpr std::uint16_t kRouting = 0x4000;
    constexpr std::uint16_t kKey = 0x2000;
    constexpr std::uint16_t kSequence = 0x1000;
    constexpr std::uint16_t kAcknowledgment = 0x0080;
    const std::uint16_t flags = reader.u16();
    const std::uint16_t protocol = reader.u16();
    const unsigned version = flags & 7U;
    if (version > 1) return {};
    if ((flags & (kChecksum | kRouting)) != 0) reader.skip(4);
    if ((flags & kKey) != 0) reader.skip(4);
    if ((flags & kSequence) != 0) reader.skip(4);
    if (version == 1 && (flags & kAcknowledgment) != 0) reader.skip(4);
    if ((flags & kRouting) != 0) skip_source_routes(reader);
    if (reader.at_end()) return {};  // keepalives and bare acknowledgments
    switch (protocol) {
        case 0x88be:
        case 0x22eb:
            return erspan(reader, protocol, (flags & kSequence) != 0);
        case 0x880b:
            return of_link(reader, kLinkPpp);
        case 0x6400:  // MikroTik's Ethernet over IP; its length and id stand in the key's place
            return of_link(reader, kLinkEthernet);
        case 0x883e:  // WCCP 2 puts 4 bytes of its own before the packet, WCCP 1 none
            if (reader.peek() >> 4U != 4) reader.skip(4);
            return of_ip(reader);
        // Aruba wraps the frames of its access points in these.
        case 0x0000:
        case 0x9000:
            return {};
        default:
            return of_ether_type(reader, protocol);
    }
}

// flags(8) reserved(24) | VNI(24) reserved(8): RFC 7348 5
TunnelView read_vxlan(Reader& reader) noexcept {
    const std::uint8_t flags = reader.u8();
    reader.skip(7);
    if ((flags & 0x08U) == 0) return {};
    return of_link(reader, kLinkEthernet);
}

// flags(8) reserved(16) next protocol(8) | VNI(24) reserved(8): draft-ietf-nvo3-vxlan-gpe 3
TunnelView read_vxlan_gpe(Reader& reader) noexcept {
    const std::uint8_t flags = reader.u8();
    reader.skip(2);
    const std::uint8_t next = reader.u8();
    reader.skip(4);
    if ((flags & 0x04U) == 0) return of_link(reader, kLinkEthernet);
    switch (next) {
        case 1:
            return of_ether_type(reader, kEtherIpv4);
        case 2:
            return of_ether_type(reader, kEtherIpv6);
        case 3:
            return of_link(reader, kLinkEthernet);
        case 4:
            return of_ether_type(reader, kEtherNsh);
        case 5:
            return of_ether_type(reader, kEtherMpls);
        default:
            return {};
    }
}

// version(3) PT(1) reserved(1) E S PN | type(8) length(16) | TEID(32) | [sequence(16) N-PDU(8)
// next extension(8)]: 3GPP TS 29.281 5.1. Extensions: length in 4-byte words, content, next type.
TunnelView read_gtp_u(Reader& reader) noexcept {
    constexpr std::uint8_t kUserData = 255;
    const std::uint8_t flags = reader.u8();
    const std::uint8_t type = reader.u8();
    reader.skip(6);
    if (flags >> 5U != 1 || (flags & 0x10U) == 0 || type != kUserData) return {};
    if ((flags & 0x07U) != 0) {
        reader.skip(3);
        std::uint8_t next = reader.u8();
        if ((flags & 0x04U) == 0) next = 0;
        for (unsigned i = 0; next != 0 && reader.ok(); ++i) {
            const std::size_t words = reader.u8();
            if (words == 0 || i == kMaxTunnelOptions) reader.fail();
            reader.skip(words * 4 - 2);
            next = reader.u8();
        }
    }
    return of_ip(reader);
}

// version(2) option words(6) O C reserved(6) | protocol(16) | VNI(24) reserved(8): RFC 8926 3.4
TunnelView read_geneve(Reader& reader) noexcept {
    const std::uint8_t first = reader.u8();
    reader.skip(1);
    const std::uint16_t protocol = reader.u16();
    reader.skip(4 + (first & 0x3fU) * std::size_t{4});
    if (first >> 6U != 0) return {};
    return of_ether_type(reader, protocol);
}

// [0x0001 id length(8) value length(8) id value nonce(8) confirmation(1)] [0x0000 port address]
// IPv6: RFC 4380 5.1.1
TunnelView read_teredo(Reader& reader) noexcept {
    if (reader.peek() == 0 && reader.peek(1) == 1) {
        reader.skip(2);
        const std::size_t id = reader.u8();
        const std::size_t value = reader.u8();
        reader.skip(id + value + 9);
    }
    if (reader.peek() == 0 && reader.peek(1) == 0) reader.skip(8);
    if (reader.peek() >> 4U != 6) return {};
    return of_ip(reader);
}

// T L x x S x O P xxxx version(4) | [length(16)] tunnel(16) session(16) [Ns(16) Nr(16)]
// [offset size(16) padding]: RFC 2661 3.1. T is control traffic.
TunnelView read_l2tp(Reader& reader) noexcept {
    const std::uint16_t flags = reader.u16();
    if ((flags & 0x8000U) != 0 || (flags & 0xfU) != 2) return {};
    if ((flags & 0x4000U) != 0) reader.skip(2);
    reader.skip(4);
    if ((flags & 0x0800U) != 0) reader.skip(4);
    if ((flags & 0x0200U) != 0) reader.skip(reader.u16());
    return of_link(reader, kLinkPpp);
}

// preamble(8) HLEN(5) RID(5) WBID(5) T F L W M K flags(3) | fragment id(16) offset(13) | ...
// HLEN counts 4-byte words: RFC 5415 4.3. T: the payload's native frame, else 802.3; WBID 1 is
// 802.11.
TunnelView read_capwap(Reader& reader) noexcept {
    const std::uint8_t preamble = reader.u8();
    const std::uint32_t bits = std::uint32_t{reader.u8()} << 16U | reader.u16();
    const std::size_t header = (bits >> 19U) * 4;
    const unsigned binding = bits >> 9U & 0x1fU;
    const bool native = (bits & 0x100U) != 0;
    const bool fragment = (bits & 0x80U) != 0;
    if (preamble != 0 || fragment || header < 8) return {};
    reader.skip(header - 4);
    if (!native) return of_link(reader, kLinkEthernet);
    if (binding != 1) return {};
    return of_link(reader, kLinkWifi);
}

// version(8) type(8) encapsulation(16), then fields: tag(8) [length(8) content]; 0 is padding, 1
// ends them. Routers and sensors send whole frames in it to whoever listens.
TunnelView read_tzsp(Reader& reader) noexcept {
    constexpr std::uint8_t kLastType = 1;  // 0: a received frame, 1: one to send
    const std::uint8_t version = reader.u8();
    const std::uint8_t type = reader.u8();
    const std::uint16_t encapsulation = reader.u16();
    if (version != 1 || type > kLastType) return {};
    for (std::uint8_t tag = reader.u8(); tag != 1; tag = reader.u8()) {
        if (!reader.ok()) return {};
        if (tag != 0) reader.skip(reader.u8());
    }
    switch (encapsulation) {
        case 1:
            return of_link(reader, kLinkEthernet);
        case 18:
            return of_link(reader, kLinkWifi);
        default:
            return {};
    }
}

TunnelView read_ether_ip(Reader& reader) noexcept {
    if (reader.u16() != 0x3000) return {};  // version 3, RFC 3378 3
    return of_link(reader, kLinkEthernet);
}

}  // namespace

TunnelView read_tunnel(Tunnel tunnel, ByteView bytes) noexcept {
    Reader reader{bytes};
    TunnelView view;
    switch (tunnel) {
        case Tunnel::None:
            break;
        case Tunnel::Gre:
            view = read_gre(reader);
            break;
        case Tunnel::Vxlan:
            view = read_vxlan(reader);
            break;
        case Tunnel::VxlanGpe:
            view = read_vxlan_gpe(reader);
            break;
        case Tunnel::GtpU:
            view = read_gtp_u(reader);
            break;
        case Tunnel::Geneve:
            view = read_geneve(reader);
            break;
        case Tunnel::Teredo:
            view = read_teredo(reader);
            break;
        case Tunnel::L2tp:
            view = read_l2tp(reader);
            break;
        case Tunnel::Capwap:
            view = read_capwap(reader);
            break;
        case Tunnel::EtherIp:
            view = read_ether_ip(reader);
            break;
        case Tunnel::Tzsp:
            view = read_tzsp(reader);
            break;
        case Tunnel::MplsUdp:
        case Tunnel::Mpls:
            view = of_ether_type(reader, kEtherMpls);
            break;
    }
    if (!reader.ok()) {
        view = {};
        view.damage.report(AnomalyId::TunnelTruncated, reader.failure_offset());
    }
    return view;
}

Tunnel tunnel_of_udp_port(std::uint16_t port) noexcept {
    switch (port) {
        case 1701:
            return Tunnel::L2tp;
        case 2152:
            return Tunnel::GtpU;
        case 3544:
            return Tunnel::Teredo;
        case 4754:
            return Tunnel::Gre;  // GRE in UDP, RFC 8086
        case 4789:
        case 8472:
            return Tunnel::Vxlan;
        case 4790:
            return Tunnel::VxlanGpe;
        case 5247:
            return Tunnel::Capwap;
        case 6081:
            return Tunnel::Geneve;
        case 6635:
            return Tunnel::MplsUdp;  // RFC 7510
        case 37008:
            return Tunnel::Tzsp;
        default:
            return Tunnel::None;
    }
}

Tunnel tunnel_of_ip_protocol(std::uint8_t protocol) noexcept {
    switch (protocol) {
        case kProtoGre:
            return Tunnel::Gre;
        case kProtoEtherIp:
            return Tunnel::EtherIp;
        case kProtoMpls:
            return Tunnel::Mpls;
        default:
            return Tunnel::None;
    }
}

}  // namespace vedette::wire::ip
