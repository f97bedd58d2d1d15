// Probes of what runs over UDP, and of what runs over both.
#include <algorithm>

#include "decode/protocol/content.hpp"
#include "decode/protocol/text.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::decode::probe {

using wire::Reader;

// BEP 5: a bencoded dictionary with its keys in order: a (arguments), e (error) or r (reply) first.
bool bittorrent_dht(ByteView payload) noexcept {
    const std::string_view text = as_text(payload);
    return starts_with_any(text, {"d1:ad2:id20:", "d1:rd2:id20:", "d1:eli", "d2:ip"}) &&
           text.ends_with('e');
}

// RFC 6347 4.1: type(1, 20..23) version(2, 0xfeff, 0xfefd, 0xfefc) epoch(2) sequence(6) length(2)
bool dtls(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint8_t type = reader.u8();
    const std::uint16_t version = reader.u16();
    reader.skip(8);
    const std::size_t length = reader.u16();
    const bool known = version == 0xfeff || version == 0xfefd || version == 0x0100;
    return reader.ok() && type >= 20 && type <= 23 && known && length <= reader.remaining();
}

// Gnutella 0.6 2.2.1: id(16) type(1) TTL(1) hops(1) length(4, little-endian); 0x44 carries its
// distributed table (Mojito).
bool gnutella_message(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(16);
    const std::uint8_t type = reader.u8();
    reader.skip(2);
    const std::uint32_t length = reader.u32_le();
    if (!reader.ok() || length != reader.remaining()) return false;
    return type <= 1 || type == 0x30 || type == 0x31 || type == 0x40 || type == 0x44 ||
           type == 0x80 || type == 0x81;
}

// Up to Q043: flags(1, 0x01 has version, 0x08 eight bytes of connection id) id(8) "Q0nn"; from
// Q044: long header flags(1) "Q0nn".
bool google_quic(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint8_t flags = reader.u8();
    if ((flags & 0x80U) == 0) {
        if ((flags & 0x09U) != 0x09) return false;
        reader.skip(8);
    }
    const std::string_view version = as_text(reader.bytes(4));
    return reader.ok() && (version.starts_with("Q0") || version.starts_with("T05")) &&
           version[2] >= '0' && version[2] <= '9' && version[3] >= '0' && version[3] <= '9';
}

// RFC 3948 2.2: four zero bytes stand before an IKE header (RFC 7296 3.1): cookies(8 + 8) next(1)
// version(1, 0x10 or 0x20) type(1) flags(1) id(4) length(4)
bool isakmp_behind_nat(ByteView payload) noexcept {
    Reader reader{payload};
    if (reader.u32() != 0) return false;
    const std::uint64_t initiator = reader.u64();
    reader.skip(9);
    const std::uint8_t version = reader.u8();
    reader.skip(6);
    const std::uint32_t length = reader.u32();
    return reader.ok() && initiator != 0 && (version == 0x10 || version == 0x20) &&
           length == payload.size() - 4;
}

// opcode(5 bits, 7 client or 8 server hard reset v2) key id(3 bits, 0) session(8) ... packet id(4)
bool openvpn_reset(ByteView payload) noexcept {
    return payload.size() >= 14 && payload.size() <= 86 && payload[payload.size() - 1] == 0 &&
           payload[payload.size() - 2] == 0 && payload[payload.size() - 3] == 0 &&
           payload[payload.size() - 4] == 0;
}

// RFC 9000 17.2: form(1 bit, 1) fixed(1 bit, 1) ... version(4) id length(1, <= 20) id, id length
bool quic_long_header(ByteView payload) noexcept {
    Reader reader{payload};
    if ((reader.u8() & 0x80U) == 0) return false;
    const std::uint32_t version = reader.u32();
    const bool known = version == 1 || version == 0x6b3343cf || (version >> 8U) == 0xff0000 ||
                       (version >> 8U) == 0xfaceb0;
    const std::size_t destination = reader.u8();
    reader.skip(destination);
    const std::size_t source = reader.u8();
    return reader.ok() && known && destination <= 20 && source <= 20;
}

// RFC 3550 6.4.1: version(2 bits, 2) padding, count; type(1, 200..204) length(2, words less one)
bool rtcp(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(1);
    const std::uint8_t type = reader.u8();
    const std::size_t words = reader.u16();
    return reader.ok() && type >= 200 && type <= 204 && words * 4 <= reader.remaining() &&
           payload.size() % 4 == 0 && payload.size() >= 8;
}

// RFC 3550 5.1 without CSRC and extension, and the static types of RFC 3551 6 whose frames have a
// known size: 8 kHz samples in tens of milliseconds, or G.729 in tens of bytes. Dynamic types prove
// nothing without the call that set them up.
bool rtp(ByteView payload) noexcept {
    constexpr std::size_t kHeader = 12;
    if (payload.size() <= kHeader || payload[0] != 0x80) return false;
    const unsigned type = payload[1] & 0x7fU;
    const std::size_t audio = payload.size() - kHeader;
    if (type == 0 || type == 8 || type == 9) return audio % 80 == 0 && audio <= 480;
    return type == 18 && audio % 10 == 0 && audio <= 120;
}

// RFC 5531 9: xid(4) call(4, 0) RPC version(4, 2) program(4) version(4) procedure(4)
bool sun_rpc_call(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(4);
    const std::uint32_t call = reader.u32();
    const std::uint32_t version = reader.u32();
    const std::uint32_t program = reader.u32();
    const std::uint32_t program_version = reader.u32();
    reader.skip(4);
    return reader.ok() && call == 0 && version == 2 && program >= 100'000 && program < 600'000 &&
           program_version <= 8;
}

// RFC 1350 5, RFC 2347: opcode(2, 1 or 2) name, zero, "octet" or "netascii", zero
bool tftp_request(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint16_t opcode = reader.u16();
    if (opcode != 1 && opcode != 2) return false;
    const std::string_view rest = as_text(reader.rest());
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos || end == 0) return false;
    return starts_with_any(rest.substr(end + 1), {"octet", "netascii", "OCTET", "NETASCII"});
}

// Six bytes of 0xff, then one address sixteen times.
bool wake_on_lan(ByteView payload) noexcept {
    if (payload.size() < 102) return false;
    if (!std::ranges::all_of(payload.first(6), [](auto byte) { return byte == 0xff; })) {
        return false;
    }
    const ByteView mac = payload.subspan(6, 6);
    for (std::size_t i = 1; i < 16; ++i) {
        if (!std::ranges::equal(mac, payload.subspan(6 + i * 6, 6))) return false;
    }
    return true;
}

// type(1) zero(3): initiation 148 bytes, response 92, cookie 64
bool wireguard(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint32_t type = reader.u32_le();
    return (type == 1 && payload.size() == 148) || (type == 2 && payload.size() == 92) ||
           (type == 3 && payload.size() == 64);
}

// type(1, 4) zero(3) receiver(4) counter(8), then a multiple of 16 bytes with a tag of 16
bool wireguard_data(ByteView payload) noexcept {
    Reader reader{payload};
    return reader.u32_le() == 4 && payload.size() >= 32 && payload.size() % 16 == 0;
}

// RFC 3261 7.1, 7.2
bool sip(ByteView payload) noexcept {
    const std::string_view line = first_line(payload);
    return line.starts_with("SIP/2.0 ") || line.ends_with(" SIP/2.0");
}

// RFC 8489 5: zero(2 bits) type(14 bits) length(2, a multiple of 4) magic(4) transaction(12)
bool stun(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint16_t type = reader.u16();
    const std::size_t length = reader.u16();
    const std::uint32_t magic = reader.u32();
    reader.skip(12);
    return reader.ok() && type < 0x4000 && length % 4 == 0 && length <= reader.remaining() &&
           magic == 0x2112a442;
}

// RFC 5424 6.2.1: "<", one to three digits up to 191, ">"
bool syslog(ByteView payload) noexcept {
    unsigned value = 0;
    for (std::size_t i = 1; i < payload.size() && i <= 4; ++i) {
        const std::uint8_t byte = payload[i];
        if (byte == '>') return i > 1 && value <= 191 && payload.size() > i + 4;
        if (byte < '0' || byte > '9') return false;
        value = value * 10 + (byte - '0');
    }
    return false;
}

}  // namespace vedette::decode::probe
