// Ethernet frames with IP, UDP, TCP, ARP and ICMP inside, checksums included. Values in, bytes out.
#pragma once

#include <cstdint>
#include <vector>

#include "octets.hpp"

namespace demo {

using Frame = std::vector<std::uint8_t>;

/// One end of a datagram or segment; `mac` is the station that puts it on this wire.
struct Endpoint {
    MacAddress mac;
    IpAddress ip;
    std::uint16_t port = 0;
};

inline constexpr std::uint8_t kFin = 1, kSyn = 2, kPush = 8, kAck = 16;

struct Segment {
    std::uint32_t sequence = 0;
    std::uint32_t acknowledged = 0;
    std::uint8_t flags = kAck;
    ByteView payload;
};

[[nodiscard]] Frame udp_frame(const Endpoint& from, const Endpoint& to, ByteView payload);
[[nodiscard]] Frame tcp_frame(const Endpoint& from, const Endpoint& to, const Segment& segment);
[[nodiscard]] Frame icmp_frame(const Endpoint& from, const Endpoint& to, ByteView message);
/// `operation` 1 asks, 2 replies; a zero target MAC asks everybody.
[[nodiscard]] Frame arp_frame(std::uint16_t operation, const Endpoint& from, const Endpoint& to);

/// Where a multicast or broadcast address goes on Ethernet (RFC 1112 6.4, RFC 2464 7).
[[nodiscard]] MacAddress group_mac(const IpAddress& ip);

}  // namespace demo
