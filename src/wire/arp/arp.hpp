// ARP (RFC 826) for IPv4 over 48-bit hardware addresses, the only kind in use. The view borrows the
// packet and dies with it. Pure, safe on any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::arp {

inline constexpr std::uint16_t kRequest = 1;
inline constexpr std::uint16_t kReply = 2;

struct ArpView {
    std::uint16_t operation = 0;
    ByteView sender_mac;  ///< 6 bytes, or empty when the packet is of another kind or damaged
    ByteView sender_ip;   ///< 4 bytes
    ByteView target_mac;
    ByteView target_ip;
    Damage damage;

    /// Whether the sender says "this address is mine": not a probe (RFC 5227 2.1.1, sender 0.0.0.0)
    /// and not a reverse or inverse ARP.
    [[nodiscard]] bool claims_address() const noexcept;
};

[[nodiscard]] ArpView read_arp(ByteView packet) noexcept;

}  // namespace vedette::wire::arp
