#include "dhcp.hpp"

#include <algorithm>

namespace demo {

DhcpMessage::DhcpMessage(DhcpType type, std::uint32_t transaction, const MacAddress& client)
    : type_(type) {
    const bool reply = type == kOffer || type == kDhcpAck || type == kNak;
    bytes_.u8(reply ? 2 : 1).u8(1).u8(6).u8(0).u32(transaction).u16(0).u16(0);
    bytes_.zeros(16).mac(client).zeros(10 + 64 + 128).u32(0x63825363);
    option(53, ByteView(reinterpret_cast<const std::uint8_t*>(&type_), 1));
}

DhcpMessage& DhcpMessage::seconds(std::uint16_t value) {
    bytes_.set16(8, value);
    return *this;
}

DhcpMessage& DhcpMessage::field(std::size_t at, const IpAddress& ip) {
    std::ranges::copy(ip.bytes(), bytes_.bytes().begin() + static_cast<std::ptrdiff_t>(at));
    return *this;
}

DhcpMessage& DhcpMessage::option(std::uint8_t code, ByteView value) {
    bytes_.u8(code).u8(value.size()).raw(value);
    return *this;
}

DhcpMessage& DhcpMessage::option(std::uint8_t code, std::string_view value) {
    return option(code, vedette::as_bytes(value));
}

DhcpMessage& DhcpMessage::option(std::uint8_t code, const IpAddress& ip) {
    return option(code, ip.bytes());
}

DhcpMessage& DhcpMessage::option(std::uint8_t code, std::uint32_t seconds) {
    return option(code, Octets().u32(seconds).view());
}

Octets DhcpMessage::encode() const {
    Octets out = bytes_;
    out.u8(255);
    if (out.size() < 300) out.zeros(300 - out.size());
    return out;
}

Octets duid_of(const MacAddress& mac) {
    Octets out;
    out.u16(1).u16(1).u32(0x2f3a1c00).mac(mac);
    return out;
}

}  // namespace demo
