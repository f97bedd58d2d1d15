// Link layer -> network layer. Whatever the capture's link type is, the answer has one shape: the
// two MAC addresses if the link has them, the EtherType of what follows and its bytes. Links that
// name their payload otherwise (PPP, BSD loopback, raw IP) are translated into EtherTypes here, so
// that nothing above this folder knows about links.
//
// The view borrows the frame and dies with it. Pure functions, safe on any thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::link {

/// LINKTYPE_ values (pcap registry) that are named elsewhere; the whole list is in link.cpp.
inline constexpr std::uint16_t kLinkEthernet = 1;
inline constexpr std::uint16_t kLinkPpp = 9;
inline constexpr std::uint16_t kLinkWifi = 105;

/// EtherTypes (IEEE registry) that matter here.
inline constexpr std::uint16_t kEtherIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherArp = 0x0806;
inline constexpr std::uint16_t kEtherBridged = 0x6558;  ///< transparent Ethernet bridging
inline constexpr std::uint16_t kEtherVlan = 0x8100;
inline constexpr std::uint16_t kEtherIpv6 = 0x86dd;
inline constexpr std::uint16_t kEtherPpp = 0x880b;
inline constexpr std::uint16_t kEtherMpls = 0x8847;
inline constexpr std::uint16_t kEtherMplsMulticast = 0x8848;
inline constexpr std::uint16_t kEtherPppoe = 0x8864;
inline constexpr std::uint16_t kEtherProviderVlan = 0x88a8;
inline constexpr std::uint16_t kEtherService = 0x88e7;  ///< 802.1ah, MAC in MAC
inline constexpr std::uint16_t kEtherNsh = 0x894f;

/// VLAN tags and MPLS labels followed before giving up; provider networks use three or four.
inline constexpr unsigned kMaxTags = 16;

using MacBytes = std::array<std::uint8_t, 6>;

struct LinkView {
    MacBytes source{};
    MacBytes destination{};
    bool has_source = false;
    bool has_destination = false;
    std::uint8_t vlan_tags = 0;
    std::uint16_t vlan = 0;        ///< outermost VLAN id, 0 when untagged
    std::uint16_t ether_type = 0;  ///< of `payload`; 0 when nothing readable follows
    std::uint16_t last_type = 0;   ///< the last EtherType or SNAP protocol met, read on or not
    std::uint16_t llc = 0;         ///< DSAP << 8 | SSAP of the last LLC header met
    std::uint32_t snap_oui = 0;    ///< whose number `last_type` is, when SNAP said it
    ByteView payload;
    ByteView more;  ///< further A-MSDU subframes, for read_subframe()
    Damage damage;  ///< offset from the start of the frame (or of its 802.3 body)
};

/// Where a frame's headers say who sent it, for whoever rewrites packets.
struct LinkIdentities {
    struct Place {
        std::uint32_t offset = 0;  ///< from the start of the frame
        std::uint16_t length = 0;  ///< 6: a hardware address; else bytes that may hold anything
    };
    std::array<Place, 24> places{};
    std::uint8_t count = 0;
    /// Bytes read as headers; those before it hold no identities but in `places`.
    std::uint32_t header_bytes = 0;
};

/// Reads every header up to the network layer, tags included. Unknown link types report
/// LinkUnknownType.
[[nodiscard]] LinkView read_link(std::uint16_t link_type, ByteView frame) noexcept;

[[nodiscard]] LinkView read_link(std::uint16_t link_type, ByteView frame,
                                 LinkIdentities& identities) noexcept;

/// The next subframe of an 802.11 A-MSDU (IEEE 802.11-2020 9.3.2.2); `more` shrinks.
[[nodiscard]] LinkView read_subframe(ByteView amsdu) noexcept;
[[nodiscard]] LinkView read_subframe(ByteView amsdu, LinkIdentities& identities) noexcept;

/// For tunnels that carry an EtherType (GRE, Geneve, NSH): peels tags as read_link does.
[[nodiscard]] LinkView read_ether_type(std::uint16_t ether_type, ByteView payload) noexcept;
[[nodiscard]] LinkView read_ether_type(std::uint16_t ether_type, ByteView payload,
                                       LinkIdentities& identities) noexcept;

}  // namespace vedette::wire::link
