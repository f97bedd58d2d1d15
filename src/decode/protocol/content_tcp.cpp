// Probes of what runs over TCP. The field lists above each name where a number comes from.
#include <algorithm>

#include "decode/protocol/content.hpp"
#include "decode/protocol/text.hpp"
#include "wire/reader/reader.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::decode::probe {

using wire::Reader;

// RFC 4271 4.1: marker(16, all ones) length(2, 19..4096) type(1, 1..5)
bool bgp(ByteView payload) noexcept {
    Reader reader{payload};
    const ByteView marker = reader.bytes(16);
    const std::uint16_t length = reader.u16();
    const std::uint8_t type = reader.u8();
    return reader.ok() && std::ranges::all_of(marker, [](auto byte) { return byte == 0xff; }) &&
           length >= 19 && length <= 4'096 && type >= 1 && type <= 5;
}

// C706 12.6: version(1, 5) minor(1) type(1) flags(1) data representation(4) fragment length(2).
// The first of a connection is a bind (11) or its answer (12, 13).
bool dce_rpc(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint8_t version = reader.u8();
    const std::uint8_t minor = reader.u8();
    const std::uint8_t type = reader.u8();
    reader.skip(1);
    const std::uint8_t representation = reader.u8();
    reader.skip(3);
    const std::uint16_t length = reader.u16_le();
    return reader.ok() && version == 5 && minor <= 1 && type >= 11 && type <= 13 &&
           representation == 0x10 && length >= 24 && length <= 16'384;
}

// RFC 959 4.2: a greeting that names it, or the first commands of a client.
bool ftp(ByteView payload) noexcept {
    const std::string_view line = first_line(payload);
    if (line.starts_with("220")) {
        return line.contains("FTP") || line.contains("ftp") || line.contains("FileZilla");
    }
    return starts_with_any(line, {"USER anonymous", "FEAT", "AUTH TLS"});
}

// RFC 9112 3 and 4: "METHOD target HTTP/1.x" or "HTTP/1.x 200"; RFC 9113 3.4: "PRI * HTTP/2.0"
bool http(ByteView payload) noexcept {
    const std::string_view text = as_text(payload);
    if (starts_with_any(text, {"HTTP/1.", "HTTP/0.9", "PRI * HTTP/2.0"})) return true;
    if (!starts_with_any(
            text, {"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ", "TRACE ",
                   "PATCH ", "PROPFIND ", "MKCOL ", "MOVE ", "COPY ", "MERGE ", "GET\t"})) {
        return false;
    }
    const std::string_view line = first_line(payload);
    // A target longer than the segment leaves no version to see.
    if (line.size() == std::min<std::size_t>(text.size(), 512)) {
        return line.contains(" /") || line.contains(" http");
    }
    return line.contains(" HTTP/");
}

// RFC 2812 3.1
bool irc(ByteView payload) noexcept {
    const std::string_view line = first_line(payload);
    if (line.starts_with("NICK ")) return true;
    return line.starts_with(":") && (line.contains(" NOTICE ") || line.contains(" 001 "));
}

// RFC 4511 4.1: SEQUENCE, INTEGER message id, then an application tag of a request.
bool ldap(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(1);
    std::size_t length = reader.u8();
    if (length > 0x84) return false;
    if (length >= 0x80) {
        reader.skip(length - 0x80);
        length = reader.remaining();
    }
    if (length > reader.remaining() || reader.u8() != 0x02) return false;
    const std::uint8_t id_bytes = reader.u8();
    if (id_bytes == 0 || id_bytes > 4) return false;
    reader.skip(id_bytes);
    const std::uint8_t tag = reader.u8();
    return reader.ok() && (tag == 0x60 || tag == 0x61 || tag == 0x63 || tag == 0x64 || tag == 0x77);
}

// MQTT 5.0 3.1: type(1, 0x10) length(1..4, base 128) name length(2) "MQTT" or "MQIsdp"
bool mqtt_connect(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(1);
    for (unsigned i = 0; i < 4 && (reader.u8() & 0x80U) != 0; ++i) {
    }
    const std::size_t length = reader.u16();
    if (length != 4 && length != 6) return false;
    const std::string_view name = as_text(reader.bytes(length));
    return name == "MQTT" || name == "MQIsdp";
}

// length(3, little-endian) sequence(1, 0) protocol(1, 10) version text, zero: protocol 10 is since
// MySQL 3.21.
bool mysql_greeting(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint32_t word = reader.u32_le();
    const std::uint8_t protocol = reader.u8();
    const std::uint8_t first = reader.u8();
    const std::uint8_t dot = reader.u8();
    return reader.ok() && word == payload.size() - 4 && protocol == 10 && first >= '3' &&
           first <= '9' && dot == '.';
}

// length(2) opcode(5 bits, 1 or 7 hard reset) key id(3 bits, 0) session(8): the client's first.
bool openvpn_tcp(ByteView payload) noexcept {
    Reader reader{payload};
    const std::size_t length = reader.u16();
    const std::uint8_t opcode = reader.u8();
    reader.skip(8);
    return reader.ok() && length == payload.size() - 2 && length >= 14 && length <= 100 &&
           (opcode == 0x38 || opcode == 0x40 || opcode == 0x50);
}

// length(4) version(4): 3.0, or the numbers 1234.5679 (SSL), 1234.5680 (GSS), 1234.5678 (cancel)
bool postgresql_start(ByteView payload) noexcept {
    Reader reader{payload};
    const std::uint32_t length = reader.u32();
    const std::uint32_t version = reader.u32();
    if (!reader.ok() || length != payload.size()) return false;
    if (version == 0x00030000) return as_text(payload).contains(std::string_view("user\0", 5));
    return version >= 80877102 && version <= 80877104;
}

// TPKT (RFC 1006 6): version(1, 3) reserved(1) length(2); X.224 13.3: length(1) code(1, 0xe0)
// references(4) class(1); then a cookie or the request of MS-RDPBCGR 2.2.1.1.
bool rdp_connect(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(2);
    const std::size_t length = reader.u16();
    reader.skip(1);
    const std::uint8_t code = reader.u8();
    reader.skip(5);
    if (!reader.ok() || length != payload.size() || code != 0xe0) return false;
    if (as_text(payload.subspan(11)).starts_with("Cookie: ")) return true;
    const std::uint8_t request = reader.u8();
    reader.skip(1);
    return request == 1 && reader.u16_le() == 8;
}

// "*<number>\r\n$": an array of strings
bool redis(ByteView payload) noexcept {
    const std::string_view text = as_text(payload);
    const std::size_t end = text.find("\r\n$");
    if (end == std::string_view::npos || end < 2 || end > 5) return false;
    return std::ranges::all_of(text.substr(1, end - 1),
                               [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 2326 6.1, 7.1
bool rtsp(ByteView payload) noexcept {
    const std::string_view line = first_line(payload);
    return line.starts_with("RTSP/1.0 ") || line.ends_with(" RTSP/1.0");
}

// NetBIOS session (RFC 1002 4.3.1): type(1, 0) length(3), then 0xff or 0xfe or 0xfd, "SMB"
bool smb(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(4);
    const std::uint8_t version = reader.u8();
    return version >= 0xfc && as_text(reader.bytes(3)) == "SMB";
}

// RFC 5321 4.2, 4.1.1.1
bool smtp(ByteView payload) noexcept {
    const std::string_view line = first_line(payload);
    if (line.starts_with("220")) return line.contains("SMTP") || line.contains("smtp");
    return starts_with_any(line, {"EHLO ", "HELO ", "MAIL FROM:<"});
}

// RFC 1928 3: version(1, 5) count(1) methods: the whole of the client's first segment.
bool socks(ByteView payload) noexcept {
    if (payload.size() < 3 || payload[1] == 0 || payload[1] > 8) return false;
    if (payload.size() != std::size_t{2} + payload[1]) return false;
    return std::ranges::all_of(payload.subspan(2), [](auto m) { return m <= 9 || m >= 0x80; });
}

// RFC 854: a negotiation: IAC(255) WILL, WONT, DO or DONT(251..254) option
bool telnet(ByteView payload) noexcept {
    return payload.size() >= 3 && payload[1] >= 251 && payload[1] <= 254 && payload[2] < 50 &&
           (payload.size() < 4 || payload[3] == 255);
}

// RFC 8446 5.1: type(1, 22) version(2, 0x0301..0x0304) length(2), 4: ClientHello(1) or
// ServerHello(2), length(3); SSL 3 is 0x0300.
bool tls_handshake(ByteView payload) noexcept {
    Reader reader{payload};
    reader.skip(1);
    const std::uint16_t version = reader.u16();
    const std::uint16_t length = reader.u16();
    const std::uint8_t message = reader.u8();
    const std::uint8_t high = reader.u8();
    return reader.ok() && version >= 0x0300 && version <= 0x0304 && length >= 4 &&
           length <= 16'384 + 256 && (message == 1 || message == 2) && high == 0;
}

// docs/formats/replay.md
bool traced_frame(ByteView payload) noexcept {
    return wire::traced::starts_frame(payload);
}

// RFC 6120 4.2
bool xmpp(ByteView payload) noexcept {
    const std::string_view text = as_text(payload).substr(0, 200);
    return starts_with_any(text, {"<?xml", "<stream:stream"}) && text.contains("stream:stream");
}

}  // namespace vedette::decode::probe
