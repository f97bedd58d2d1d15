// From the kernel's name of a link (ARPHRD_, <net/if_arp.h>) to what capture files call it, and the
// two repairs that live frames need: a VLAN tag put back, a cooked header where the kernel's own
// link header is not one that anybody decodes. Pure; works in place on writable frames.
#pragma once

#include <cstdint>

namespace vedette::sys {

struct LiveLink {
    std::uint16_t link_type = 0;  ///< LINKTYPE_ value
    bool cooked = false;          ///< its frames get a Linux cooked header (LINKTYPE_LINUX_SLL)
};

[[nodiscard]] LiveLink live_link(std::uint16_t arp_hardware_type) noexcept;

inline constexpr std::uint32_t kVlanTagBytes = 4;
inline constexpr std::uint32_t kCookedHeaderBytes = 16;

/// Puts an 802.1Q tag behind the addresses of the Ethernet frame at `frame`, which must have 12
/// bytes, and 4 writable bytes in front of it. Returns the new start, 4 bytes earlier.
[[nodiscard]] std::uint8_t* restore_vlan_tag(std::uint8_t* frame, std::uint16_t ethertype,
                                             std::uint16_t tag) noexcept;

struct CookedHeader {
    std::uint16_t packet_type = 0;    ///< 0 to us, 1 broadcast, 2 multicast, 3 others, 4 from us
    std::uint16_t hardware_type = 0;  ///< ARPHRD_
    std::uint16_t address_length = 0;
    const std::uint8_t* address = nullptr;  ///< 8 bytes
    std::uint16_t protocol = 0;             ///< Ethernet type
};

/// Writes a Linux cooked header into the 16 writable bytes in front of `payload`; returns its
/// start.
[[nodiscard]] std::uint8_t* prepend_cooked_header(std::uint8_t* payload,
                                                  const CookedHeader& header) noexcept;

}  // namespace vedette::sys
