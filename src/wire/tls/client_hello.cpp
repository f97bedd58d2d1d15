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

// type(8) version(16) length(16) | the message
ClientHello read_client_hello(ByteView bytes) noexcept {
    Reader reader{bytes};
    const bool record = reader.u8() == kHandshake && reader.u8() == kMajorVersion;
    reader.skip(1 + 2);
    if (!reader.ok() || !record) return {};
    return read_hello_message(reader.rest());
}

// type(8) length(24) version(16) random(256) | session id(8+) | cipher suites(16+) |
// compression(8+) | extensions(16+)
ClientHello read_hello_message(ByteView bytes) noexcept {
    ClientHello hello;
    Reader reader{bytes};
    const bool client = reader.u8() == kClientHello;
    if (!reader.ok() || !client) return hello;
    hello.is_hello = true;
    const bool small = reader.u8() == 0;  // below 64 KiB
    reader.skip(2);
    const bool version = reader.u8() == kMajorVersion;
    reader.skip(1 + 32);
    const std::size_t session = reader.u8();
    if (!reader.ok()) {
        // Too short to tell; what is there must fit.
        hello.cut = true;
        if ((bytes.size() > 1 && !small) || (bytes.size() > 4 && !version)) return {};
        return hello;
    }
    if (!small || !version || session > kMaxSessionId) return {};
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

}  // namespace vedette::wire::tls
