// Ethernet and what its type field leads to: VLAN tags (IEEE 802.1Q, 802.1ad), MPLS labels
// (RFC 3032), PPPoE (RFC 2516), LLC and SNAP (IEEE 802.2).
#include "wire/link/steps.hpp"

namespace vedette::wire::link {
namespace {

/// The largest value of the Ethernet type field that is a length (IEEE 802.3 3.2.6).
constexpr std::uint16_t kMaxLength = 1500;

constexpr std::uint16_t kEtherIpx = 0x8137;
constexpr std::uint16_t kEtherPppoeDiscovery = 0x8863;
constexpr std::uint8_t kSapSnap = 0xaa;
constexpr std::uint8_t kSapIp = 0x06;
constexpr std::uint8_t kControlUi = 0x03;

Next too_many_tags(Cursor& cursor) noexcept {
    cursor.view.damage.report(AnomalyId::LinkTooManyTags, cursor.reader.offset());
    return Next::Nothing;
}

// priority(3) drop(1) VLAN id(12) | type(16)
Next vlan(Cursor& cursor) noexcept {
    if (++cursor.tags > kMaxTags) return too_many_tags(cursor);
    const std::uint16_t tag = cursor.reader.u16();
    if (cursor.view.vlan_tags++ == 0) cursor.view.vlan = tag & 0x0fffU;
    cursor.ether_type = cursor.reader.u16();
    return Next::LengthOrType;
}

/// Whether an Ethernet frame that begins `ahead` of the cursor has a type that networks use.
bool is_ethernet(const Reader& reader, std::size_t ahead) noexcept {
    const auto type =
        static_cast<std::uint16_t>(reader.peek(ahead + 12) << 8U | reader.peek(ahead + 13));
    switch (type) {
        case kEtherIpv4:
        case kEtherIpv6:
        case kEtherArp:
        case kEtherVlan:
        case kEtherProviderVlan:
        case kEtherMpls:
        case kEtherPppoe:
        case kEtherPppoeDiscovery:
            return true;
        default:
            return false;
    }
}

// label(20) class(3) bottom(1) TTL(8), repeated until bottom is set. What follows is not named: a
// nibble of 4 or 6 is IP, 0 is a pseudowire control word (RFC 4385) with an Ethernet frame. The
// control word is optional (RFC 4448 4.6), and most manufacturers' addresses begin with 0 too: the
// frame's type tells.
Next mpls(Cursor& cursor) noexcept {
    bool bottom = false;
    while (!bottom && cursor.reader.ok()) {
        if (++cursor.tags > kMaxTags) return too_many_tags(cursor);
        bottom = (cursor.reader.u32() & 0x100U) != 0;
    }
    const unsigned nibble = cursor.reader.peek() >> 4U;
    if (nibble == 4 || nibble == 6) return Next::Ip;
    if (nibble == 1) return Next::Nothing;  // associated channel, RFC 5586
    const bool bare = is_ethernet(cursor.reader, 0) && !is_ethernet(cursor.reader, 4);
    if (nibble == 0 && !bare) cursor.reader.skip(4);
    cursor.link_type = kLinkEthernet;
    return Next::LinkType;
}

// priority(3) drop(1) customer addresses(1) reserved(3) service(24), then the customer's frame:
// IEEE 802.1Q 9.7. The addresses before the tag are those of the provider's bridges.
Next service_tag(Cursor& cursor) noexcept {
    if (++cursor.tags > kMaxTags) return too_many_tags(cursor);
    cursor.reader.skip(4);
    cursor.link_type = kLinkEthernet;
    return Next::LinkType;
}

// version(2) O(1) reserved(1) TTL(6) length(6) | reserved(4) MD type(4) | next protocol(8) |
// service path(32): RFC 8300 2.2. The length counts 4-byte words and includes these 8 bytes.
Next nsh(Cursor& cursor) noexcept {
    const std::size_t words = cursor.reader.u16() & 0x3fU;
    cursor.reader.skip(1);
    const std::uint8_t next = cursor.reader.u8();
    if (++cursor.tags > kMaxTags) return too_many_tags(cursor);
    cursor.reader.skip(4);  // service path
    if (words < 2) cursor.reader.fail();
    const ByteView metadata = cursor.reader.bytes((words - 2) * 4);
    cursor.identity(metadata);
    switch (next) {
        case 1:
        case 2:
            return Next::Ip;
        case 3:
            cursor.link_type = kLinkEthernet;
            return Next::LinkType;
        case 4:
            cursor.ether_type = kEtherNsh;
            return Next::EtherType;
        case 5:
            cursor.ether_type = kEtherMpls;
            return Next::EtherType;
        default:
            return Next::Nothing;
    }
}

}  // namespace

// destination(6) source(6) type(2)
Next ethernet(Cursor& cursor) noexcept {
    const ByteView destination = cursor.reader.bytes(6);
    cursor.identity(destination);
    const ByteView source = cursor.reader.bytes(6);
    cursor.identity(source);
    cursor.ether_type = cursor.reader.u16();
    // An Ethernet frame inside MPLS or NSH does not replace the outer segment's addresses.
    if (!cursor.view.has_source) {
        cursor.destination(destination);
        cursor.source(source);
    }
    return Next::LengthOrType;
}

Next ether_type(Cursor& cursor) noexcept {
    switch (cursor.ether_type) {
        case kEtherIpv4:
        case kEtherIpv6:
        case kEtherArp:
            return Next::Done;
        case kEtherVlan:
        case kEtherProviderVlan:
        case 0x9100:  // double tagging before 802.1ad
        case 0x9200:
        case 0x9300:
            return vlan(cursor);
        case kEtherMpls:
        case kEtherMplsMulticast:
            return mpls(cursor);
        case kEtherPppoe:
            return pppoe(cursor);
        case kEtherPpp:
            return Next::Ppp;
        case kEtherNsh:
            return nsh(cursor);
        case kEtherService:
            return service_tag(cursor);
        case kEtherBridged:
            if (++cursor.tags > kMaxTags) return too_many_tags(cursor);
            cursor.link_type = kLinkEthernet;
            return Next::LinkType;
        default:
            return Next::Nothing;
    }
}

Next length_or_type(Cursor& cursor) noexcept {
    if (cursor.ether_type > kMaxLength) return ether_type(cursor);
    // Novell's 802.3 puts IPX (0xffff) where LLC belongs.
    if (cursor.reader.peek() == 0xff && cursor.reader.peek(1) == 0xff) {
        cursor.ether_type = kEtherIpx;
        return Next::Nothing;
    }
    // The length excludes Ethernet's padding. Zero and lengths past the capture leave all there is.
    if (cursor.ether_type != 0 && cursor.ether_type <= cursor.reader.remaining()) {
        const std::size_t length = cursor.ether_type;
        cursor.reader = cursor.reader.child(length);
    }
    return Next::Llc;
}

// DSAP(1) SSAP(1) control(1 or 2); SNAP adds OUI(3) protocol(2).
Next llc(Cursor& cursor) noexcept {
    const std::uint8_t dsap = cursor.reader.u8();
    const std::uint8_t ssap = cursor.reader.u8();
    const std::uint8_t control = cursor.reader.u8();
    cursor.view.llc = static_cast<std::uint16_t>(dsap << 8U | ssap);
    cursor.ether_type = 0;  // an 802.3 length is no type
    if (control != kControlUi) return Next::Nothing;
    if (dsap == kSapIp && ssap == kSapIp) return Next::Ip;
    if (dsap != kSapSnap || ssap != kSapSnap) return Next::Nothing;
    const std::uint32_t oui = std::uint32_t{cursor.reader.u8()} << 16U | cursor.reader.u16();
    cursor.ether_type = cursor.reader.u16();
    cursor.view.snap_oui = oui;
    // 00-00-00 and 00-00-F8 (IEEE 802.1H tunnel encapsulation) carry EtherTypes.
    if (oui == 0x000000 || oui == 0x0000f8) return Next::EtherType;
    // 00-80-C2: bridged Ethernet with (1) or without (7) its FCS, RFC 2684 5.2.
    if (oui == 0x0080c2 && (cursor.ether_type == 1 || cursor.ether_type == 7)) {
        if (++cursor.tags > kMaxTags) return too_many_tags(cursor);
        cursor.reader.skip(2);
        cursor.link_type = kLinkEthernet;
        return Next::LinkType;
    }
    return Next::Nothing;
}

Next ip_by_version(Cursor& cursor) noexcept {
    const unsigned version = cursor.reader.peek() >> 4U;
    if (cursor.reader.at_end()) {
        cursor.reader.fail();
        return Next::Nothing;
    }
    cursor.ether_type = version == 6 ? kEtherIpv6 : kEtherIpv4;
    return Next::Done;
}

Next ipv6_only(Cursor& cursor) noexcept {
    cursor.ether_type = kEtherIpv6;
    return Next::Done;
}

}  // namespace vedette::wire::link
