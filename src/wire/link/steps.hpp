// Inside wire/link only: the state that one link header hands to the next. Each step reads one
// header and names the next step, so stacked headers are a loop and never a recursion.
#pragma once

#include <cstdint>

#include "wire/link/link.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::link {

/// What the bytes at the cursor are.
enum class Next : std::uint8_t {
    Done,          ///< `ether_type` is final, the rest of the cursor is its payload
    Nothing,       ///< nothing Vedette reads follows
    LinkType,      ///< a frame of `link_type` (PPI, PKTAP)
    EtherType,     ///< a payload of `ether_type`, which may be a tag
    LengthOrType,  ///< as EtherType, but small values are an 802.3 length
    Llc,
    Ppp,
    Ip,  ///< IPv4 or IPv6 by the first nibble
};

struct Cursor {
    explicit Cursor(ByteView frame, LinkIdentities* found = nullptr) noexcept
        : reader(frame), identities(found), frame_start(frame.data()) {}

    Reader reader;
    LinkView view;
    std::uint16_t link_type = 0;
    std::uint16_t ether_type = 0;
    unsigned tags = 0;
    LinkIdentities* identities = nullptr;       ///< filled when somebody wants them
    const std::uint8_t* frame_start = nullptr;  ///< what offsets count from

    /// Bytes of the frame that tell who; called as soon as they are read.
    void identity(ByteView bytes) noexcept;
    void source(ByteView mac) noexcept;
    void destination(ByteView mac) noexcept;
};

using Step = Next (*)(Cursor&) noexcept;

/// The reader of a link type's own header; nullptr when the type is unknown.
[[nodiscard]] Step find_link(std::uint16_t link_type) noexcept;

// ether.cpp: what EtherTypes lead to.
[[nodiscard]] Next ethernet(Cursor& cursor) noexcept;
[[nodiscard]] Next ether_type(Cursor& cursor) noexcept;
[[nodiscard]] Next length_or_type(Cursor& cursor) noexcept;
[[nodiscard]] Next llc(Cursor& cursor) noexcept;
[[nodiscard]] Next ip_by_version(Cursor& cursor) noexcept;
[[nodiscard]] Next ipv6_only(Cursor& cursor) noexcept;

// ppp.cpp: point-to-point links.
[[nodiscard]] Next ppp(Cursor& cursor) noexcept;
[[nodiscard]] Next ppp_with_direction(Cursor& cursor) noexcept;
[[nodiscard]] Next pppoe(Cursor& cursor) noexcept;
[[nodiscard]] Next cisco_hdlc(Cursor& cursor) noexcept;
[[nodiscard]] Next cisco_hdlc_with_direction(Cursor& cursor) noexcept;
[[nodiscard]] Next frame_relay(Cursor& cursor) noexcept;
[[nodiscard]] Next frame_relay_with_direction(Cursor& cursor) noexcept;

// wifi.cpp: 802.11 and the headers that radios put before it.
[[nodiscard]] Next wifi(Cursor& cursor) noexcept;
[[nodiscard]] Next radiotap(Cursor& cursor) noexcept;
[[nodiscard]] Next prism(Cursor& cursor) noexcept;
[[nodiscard]] Next avs(Cursor& cursor) noexcept;
[[nodiscard]] Next ppi(Cursor& cursor) noexcept;

// host.cpp: headers that operating systems make up.
[[nodiscard]] Next linux_cooked(Cursor& cursor) noexcept;
[[nodiscard]] Next linux_cooked_v2(Cursor& cursor) noexcept;
[[nodiscard]] Next bsd_loopback(Cursor& cursor) noexcept;
[[nodiscard]] Next bsd_encrypted(Cursor& cursor) noexcept;
[[nodiscard]] Next packet_filter_log(Cursor& cursor) noexcept;
[[nodiscard]] Next nflog(Cursor& cursor) noexcept;
[[nodiscard]] Next pktap(Cursor& cursor) noexcept;

// media.cpp: other media with an LLC or EtherType of their own.
[[nodiscard]] Next token_ring(Cursor& cursor) noexcept;
[[nodiscard]] Next fddi(Cursor& cursor) noexcept;
[[nodiscard]] Next infiniband_ip(Cursor& cursor) noexcept;
[[nodiscard]] Next firewire_ip(Cursor& cursor) noexcept;
[[nodiscard]] Next atm_llc(Cursor& cursor) noexcept;
[[nodiscard]] Next fibre_channel_ip(Cursor& cursor) noexcept;
[[nodiscard]] Next sun_atm(Cursor& cursor) noexcept;
[[nodiscard]] Next bsd_slip(Cursor& cursor) noexcept;
[[nodiscard]] Next analyzer(Cursor& cursor) noexcept;
[[nodiscard]] Next analyzer_transparent(Cursor& cursor) noexcept;
[[nodiscard]] Next mpacket(Cursor& cursor) noexcept;
[[nodiscard]] Next mpls_link(Cursor& cursor) noexcept;

}  // namespace vedette::wire::link
