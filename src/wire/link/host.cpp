// Headers that operating systems make up for captures on "any", loopback, firewalls and tunnels.
// Formats: https://www.tcpdump.org/linktypes.html.
#include "wire/link/steps.hpp"

namespace vedette::wire::link {
namespace {

constexpr std::uint16_t kArphrdEthernet = 1;
constexpr std::uint16_t kArphrdWifiRadiotap = 803;
constexpr std::uint16_t kArphrdFrameRelay = 770;
constexpr std::uint16_t kArphrdNetlink = 824;

/// Linux's protocol field of a cooked header: values below 0x600 are not EtherTypes.
Next linux_protocol(Cursor& cursor, std::uint16_t hardware) noexcept {
    if (hardware == kArphrdNetlink || hardware == kArphrdFrameRelay) return Next::Nothing;
    if (hardware == kArphrdWifiRadiotap) {
        cursor.link_type = 127;
        return Next::LinkType;
    }
    switch (cursor.ether_type) {
        case 0x0001:
            return Next::Nothing;  // 802.3 without LLC: IPX
        case 0x0003:
            cursor.link_type = kLinkEthernet;
            return Next::LinkType;
        case 0x0004:
            return Next::Llc;
        case 0x0007:
            return Next::Ppp;
        default:
            return Next::EtherType;
    }
}

/// Address families of the BSDs, Darwin, Linux and Windows; they agree on IPv4 only.
Next address_family(Cursor& cursor, std::uint32_t family) noexcept {
    switch (family) {
        case 2:
            cursor.ether_type = kEtherIpv4;
            return Next::Done;
        case 10:
        case 23:
        case 24:
        case 28:
        case 30:
            cursor.ether_type = kEtherIpv6;
            return Next::Done;
        default:
            return Next::Nothing;
    }
}

/// Eight bytes for an address of any kind, of which a length says how many count.
void cooked_address(Cursor& cursor, ByteView address, std::size_t length) noexcept {
    if (address.size() != 8) return;
    const std::size_t used = length == 6 ? 6 : 0;
    cursor.identity(address.first(used));
    cursor.identity(address.subspan(used));
}

struct NflogRead {
    ByteView payload;
    ByteView source;
    bool sound = false;
};

// length(2) type(2) in the order of the machine that captured, value, padded to 4 bytes. The length
// covers the four bytes of its header. HWADDR is length(2) pad(2) address(8), big-endian.
NflogRead nflog_attributes(Cursor& cursor, bool little) noexcept {
    Reader reader = cursor.reader;
    if (cursor.identities != nullptr) cursor.identities->count = 0;
    constexpr std::uint16_t kPacketHeader = 1;
    constexpr std::uint16_t kHardwareAddress = 8;
    constexpr std::uint16_t kPayload = 9;
    NflogRead read;
    while (reader.remaining() >= 4) {
        const std::size_t length = little ? reader.u16_le() : reader.u16();
        const std::uint16_t type = little ? reader.u16_le() : reader.u16();
        if (length < 4) return {};
        // The payload comes last and may be cut by the capture.
        const bool last = length - 4 > reader.remaining();
        if (last && type != kPayload) return {};
        const ByteView value = reader.bytes(last ? reader.remaining() : length - 4);
        if (type == kPayload) read.payload = value;
        if (type == kHardwareAddress) {
            Reader address{value};
            const std::size_t bytes = address.u16();
            address.skip(2);
            read.source = address.bytes(bytes);
            cursor.identity(read.source);
        }
        // Marks, users and the words of a firewall's rule.
        if (type != kPayload && type != kHardwareAddress && type != kPacketHeader) {
            cursor.identity(value);
        }
        const std::size_t padding = (4 - length % 4) % 4;
        if (padding < reader.remaining()) reader.skip(padding);
        read.sound = true;
    }
    return read;
}

}  // namespace

// packet type(2) ARPHRD(2) address length(2) address(8) protocol(2)
Next linux_cooked(Cursor& cursor) noexcept {
    cursor.reader.skip(2);
    const std::uint16_t hardware = cursor.reader.u16();
    const std::uint16_t address_length = cursor.reader.u16();
    const ByteView address = cursor.reader.bytes(8);
    cooked_address(cursor, address, address_length);
    cursor.ether_type = cursor.reader.u16();
    if (cursor.reader.ok() && hardware == kArphrdEthernet && address_length == 6) {
        cursor.source(address.first(6));
    }
    return linux_protocol(cursor, hardware);
}

// protocol(2) reserved(2) interface(4) ARPHRD(2) packet type(1) address length(1) address(8)
Next linux_cooked_v2(Cursor& cursor) noexcept {
    cursor.ether_type = cursor.reader.u16();
    cursor.reader.skip(6);
    const std::uint16_t hardware = cursor.reader.u16();
    cursor.reader.skip(1);
    const std::uint8_t address_length = cursor.reader.u8();
    const ByteView address = cursor.reader.bytes(8);
    cooked_address(cursor, address, address_length);
    if (cursor.reader.ok() && hardware == kArphrdEthernet && address_length == 6) {
        cursor.source(address.first(6));
    }
    return linux_protocol(cursor, hardware);
}

// address family(4) in the order of the machine that captured. Families are below 256, so a value
// that has its low bytes empty is swapped. Some files hold PPP, Cisco's HDLC or an EtherType here.
Next bsd_loopback(Cursor& cursor) noexcept {
    if (cursor.reader.peek() == 0xff && cursor.reader.peek(1) == 0x03) return Next::Ppp;
    if (cursor.reader.peek() == 0x0f && cursor.reader.peek(1) == 0x00) return cisco_hdlc(cursor);
    std::uint32_t family = cursor.reader.u32();
    if ((family & 0xffff0000U) != 0) family = std::byteswap(family);
    if (family > 0x5ff && family <= 0xffff) {
        cursor.ether_type = static_cast<std::uint16_t>(family);
        return Next::EtherType;
    }
    return address_family(cursor, family);
}

// family(4, host order) SPI(4) flags(4)
Next bsd_encrypted(Cursor& cursor) noexcept {
    cursor.reader.skip(12);
    return Next::Ip;
}

// length(1) of the header without its padding to 4 bytes, family(1), ...
Next packet_filter_log(Cursor& cursor) noexcept {
    const std::size_t length = (cursor.reader.peek() + std::size_t{3}) / 4 * 4;
    if (length < 4) cursor.reader.fail();
    cursor.reader.skip(4);
    cursor.identity(cursor.reader.bytes(length - 4));  // rules, processes, addresses
    return Next::Ip;
}

// family(1) version(1) resource(2), then attributes
Next nflog(Cursor& cursor) noexcept {
    cursor.reader.skip(1);
    const std::uint8_t version = cursor.reader.u8();
    cursor.reader.skip(2);
    if (version != 0) return Next::Nothing;
    NflogRead read = nflog_attributes(cursor, true);
    if (!read.sound) read = nflog_attributes(cursor, false);
    if (read.payload.empty()) {
        cursor.reader.fail();
        return Next::Nothing;
    }
    cursor.source(read.source);
    cursor.reader = Reader(read.payload);
    return Next::Ip;
}

// header length(4) record type(4) DLT(4), little-endian, ...
Next pktap(Cursor& cursor) noexcept {
    Reader probe = cursor.reader;
    const std::size_t length = probe.u32_le();
    const std::uint32_t record = probe.u32_le();
    cursor.link_type = static_cast<std::uint16_t>(probe.u32_le());
    if (length < 12) cursor.reader.fail();
    cursor.reader.skip(12);
    cursor.identity(cursor.reader.bytes(length - 12));  // interface, process
    return record == 1 ? Next::LinkType : Next::Nothing;
}

}  // namespace vedette::wire::link
