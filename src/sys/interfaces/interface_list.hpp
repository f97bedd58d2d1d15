// The network interfaces of this machine, for `vedette interfaces` and for choosing one: state,
// addresses, and whose traffic a capture there would see. Read afresh at every call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace vedette::sys {

enum class InterfaceState : std::uint8_t { Down, NoCarrier, Up };
enum class InterfaceKind : std::uint8_t {
    Ethernet,
    Wireless,
    Loopback,
    Bridge,
    Vlan,
    Virtual,  ///< veth, dummy, bond and other Ethernet-like software
    Tunnel,   ///< without MAC addresses
};

struct InterfaceStatus {
    std::string name;
    std::uint32_t index = 0;
    InterfaceState state = InterfaceState::Down;
    InterfaceKind kind = InterfaceKind::Ethernet;
    std::uint16_t link_type = 0;  ///< LINKTYPE_ its packets would have
    std::uint32_t mtu = 0;
    std::string mac;                     ///< "f4:6b:ef:6a:ad:c4"; empty without one
    std::vector<std::string> addresses;  ///< "192.0.2.1/24", "2001:db8::1/64"
    std::uint64_t received_packets = 0;
    std::uint64_t received_bytes = 0;
    bool default_route = false;  ///< leads to the Internet
    bool promiscuous = false;    ///< somebody watches it already
};

[[nodiscard]] std::string_view to_text(InterfaceState state) noexcept;
[[nodiscard]] std::string_view to_text(InterfaceKind kind) noexcept;

/// By index. Fails when the system does not tell.
[[nodiscard]] Result<std::vector<InterfaceStatus>> list_interfaces();

/// Whose traffic a capture on it sees, one sentence: whether it can be a mirror port, and what to
/// do when it is not.
[[nodiscard]] std::string_view sight_of(const InterfaceStatus& interface) noexcept;

/// What to watch when nobody says: a mirror port that is up, else the one with the default route,
/// else the first that is up. Null when none is.
[[nodiscard]] const InterfaceStatus* best_to_watch(
    const std::vector<InterfaceStatus>& interfaces) noexcept;

}  // namespace vedette::sys
