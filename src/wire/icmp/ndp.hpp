// Neighbour discovery (RFC 4861) inside ICMPv6: which address its sender or target claims, and with
// which link-layer address. Other ICMP and ICMPv6 messages say nothing about DNS or DHCP: what they
// quote is not traffic of its own. The view borrows the packet. Pure, safe on any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::icmp {

inline constexpr std::uint8_t kRouterSolicitation = 133;
inline constexpr std::uint8_t kRouterAdvertisement = 134;
inline constexpr std::uint8_t kNeighbourSolicitation = 135;
inline constexpr std::uint8_t kNeighbourAdvertisement = 136;
inline constexpr std::uint8_t kRedirect = 137;

struct NdpView {
    std::uint8_t type = 0;
    bool is_ndp = false;  ///< one of the five types above
    ByteView target;      ///< 16 bytes for solicitation, advertisement and redirect, else empty
    ByteView source_mac;  ///< option 1, 6 bytes or empty
    ByteView target_mac;  ///< option 2, 6 bytes or empty
    ByteView prefix;      ///< first on-link prefix of a router advertisement, 16 bytes or empty
    std::uint8_t prefix_length = 0;
    Damage damage;  ///< offset from the start of the ICMPv6 header
};

/// `missing`: bytes IP promised beyond `message`; running into them is the capture's doing.
[[nodiscard]] NdpView read_ndp(ByteView message, std::uint32_t missing) noexcept;

}  // namespace vedette::wire::icmp
