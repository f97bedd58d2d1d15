// DHCPv4 and DHCPv6 messages as values (RFC 2131 2, RFC 8415 8).
#pragma once

#include <cstdint>
#include <string_view>

#include "octets.hpp"

namespace demo {

enum DhcpType : std::uint8_t {
    kDiscover = 1,
    kOffer = 2,
    kRequest = 3,
    kDecline = 4,
    kDhcpAck = 5,
    kNak = 6,
    kRelease = 7,
    kInform = 8,
};

class DhcpMessage {
  public:
    DhcpMessage(DhcpType type, std::uint32_t transaction, const MacAddress& client);

    /// BOOTP fields.
    DhcpMessage& from_client(const IpAddress& ip) { return field(12, ip); }
    DhcpMessage& to_client(const IpAddress& ip) { return field(16, ip); }
    DhcpMessage& seconds(std::uint16_t value);

    DhcpMessage& option(std::uint8_t code, ByteView value);
    DhcpMessage& option(std::uint8_t code, std::string_view value);
    DhcpMessage& option(std::uint8_t code, const IpAddress& ip);
    DhcpMessage& option(std::uint8_t code, std::uint32_t seconds);

    [[nodiscard]] DhcpType type() const { return type_; }
    /// With the end option, padded to the 300 bytes that BOOTP relays expect.
    [[nodiscard]] Octets encode() const;

  private:
    DhcpMessage& field(std::size_t at, const IpAddress& ip);

    DhcpType type_;
    Octets bytes_;
};

enum Dhcp6Type : std::uint8_t {
    kSolicit = 1,
    kAdvertise = 2,
    kRequest6 = 3,
    kRenew = 5,
    kReply = 7,
    kRelease6 = 8,
    kInformationRequest = 11,
};

class Dhcp6Message {
  public:
    Dhcp6Message(Dhcp6Type type, std::uint32_t transaction) {
        bytes_.u8(type).number(transaction, 3);
    }
    Dhcp6Message& option(std::uint16_t code, ByteView value) {
        bytes_.u16(code).u16(value.size()).raw(value);
        return *this;
    }
    [[nodiscard]] const Octets& encode() const { return bytes_; }

  private:
    Octets bytes_;
};

/// DUID-LLT: link-layer address and a time (RFC 8415 11.2).
[[nodiscard]] Octets duid_of(const MacAddress& mac);

}  // namespace demo
