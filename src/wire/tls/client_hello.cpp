#include "wire/tls/client_hello.hpp"

#include <algorithm>

#include "wire/reader/reader.hpp"

namespace vedette::wire::tls {
namespace {

constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::uint8_t kMajorVersion = 3;
constexpr std::uint16_t kServerName = 0;
constexpr std::uint8_t kHostName = 0;
constexpr std::size_t kMaxSessionId = 32;
constexpr std::size_t kMaxName = 255;

constexpr std::uint32_t kQuicV1 = 1;
constexpr std::uint32_t kQuicV2 = 0x6b33'43cf;  // RFC 9369
constexpr std::uint32_t kQuicDraft = 0xff00'0000;
constexpr std::size_t kMaxConnectionId = 20;

constexpr bool is_name_byte(std::uint8_t c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

// list length(16) | type(8) length(16) name
ByteView read_server_name(Reader extension) noexcept {
    Reader list = extension.child(extension.u16());
    if (list.u8() != kHostName) return {};
    const ByteView name = list.bytes(list.u16());
    const bool sound =
        list.ok() && name.size() <= kMaxName && std::ranges::all_of(name, is_name_byte);
    return sound ? name : ByteView{};
}

}  // namespace

// type(8) version(16) length(16) | type(8) length(24) version(16) random(256) | session id(8+) |
// cipher suites(16+) | compression(8+) | extensions(16+)
ClientHello read_client_hello(ByteView bytes) noexcept {
    ClientHello hello;
    Reader reader{bytes};
    const bool record = reader.u8() == kHandshake && reader.u8() == kMajorVersion;
    reader.skip(1 + 2);
    const bool client = reader.u8() == kClientHello && reader.u8() == 0;  // below 64 KiB
    reader.skip(2);
    const bool version = reader.u8() == kMajorVersion;
    reader.skip(1 + 32);
    if (!reader.ok() || !record || !client || !version) return hello;
    hello.is_hello = true;
    const std::size_t session = reader.u8();
    if (session > kMaxSessionId) return {};
    reader.skip(session);
    reader.skip(reader.u16());
    reader.skip(reader.u8());
    const std::size_t length = reader.u16();
    hello.cut = !reader.ok() || reader.remaining() < length;
    Reader extensions = reader.child(std::min(length, reader.remaining()));
    while (extensions.ok() && !extensions.at_end()) {
        const std::uint16_t type = extensions.u16();
        const Reader extension = extensions.child(extensions.u16());
        if (!extensions.ok()) return hello;  // what follows was not captured, or is damaged
        if (type != kServerName) continue;
        hello.server_name = read_server_name(extension);
        return hello;
    }
    return hello;
}

// form, fixed bit and type(8) | version(32) | id length(8) id | id length(8) id
bool is_quic_initial(ByteView bytes) noexcept {
    Reader reader{bytes};
    const std::uint8_t first = reader.u8();
    const std::uint32_t version = reader.u32();
    const std::size_t destination = reader.u8();
    reader.skip(destination);
    const std::size_t source = reader.u8();
    reader.skip(source);
    if (!reader.ok() || destination > kMaxConnectionId || source > kMaxConnectionId) return false;
    if ((first & 0xc0U) != 0xc0U) return false;
    const unsigned type = first >> 4U & 3U;
    if (version == kQuicV2) return type == 1;
    return type == 0 && (version == kQuicV1 || (version & 0xffff'ff00U) == kQuicDraft);
}

}  // namespace vedette::wire::tls
