// Tunnels over IP and UDP: what a tunnel header says is inside. Only headers are read here; the
// caller counts the depth and goes on with the payload.
//
// Views borrow their input. Pure functions, safe on any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::ip {

enum class Inner : std::uint8_t {
    Nothing,    ///< control traffic, or a payload Vedette does not follow
    Ip,         ///< IPv4 or IPv6 by the first nibble
    EtherType,  ///< `ether_type` names it
    LinkType,   ///< a frame of `link_type`
};

struct TunnelView {
    Inner inner = Inner::Nothing;
    std::uint16_t ether_type = 0;
    std::uint16_t link_type = 0;  ///< LINKTYPE_ number: 1 Ethernet, 9 PPP, 105 802.11
    ByteView payload;
    Damage damage;
};

/// One tunnel protocol; tables map ports and IP protocols to it.
enum class Tunnel : std::uint8_t {
    None,
    Gre,
    Vxlan,
    VxlanGpe,
    GtpU,
    Geneve,
    Teredo,
    MplsUdp,
    L2tp,
    Capwap,
    EtherIp,
    Mpls,
    Tzsp
};

[[nodiscard]] TunnelView read_tunnel(Tunnel tunnel, ByteView bytes) noexcept;

/// The tunnel that has this UDP port (IANA; 8472 is Linux's old VXLAN port, 37008
/// where TZSP is by custom); None when none has.
[[nodiscard]] Tunnel tunnel_of_udp_port(std::uint16_t port) noexcept;
/// The tunnel that is this IP protocol, IP in IP excepted; None when none is.
[[nodiscard]] Tunnel tunnel_of_ip_protocol(std::uint8_t protocol) noexcept;

}  // namespace vedette::wire::ip
