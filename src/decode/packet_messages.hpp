// The DNS messages of one packet by itself: link, tags, tunnels, IP, UDP or TCP, without any state.
// For packets that come one at a time out of their capture (traced frames); a fragment or a TCP
// segment that holds no whole message gives nothing. Pure, safe on any thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "decode/packet_context.hpp"

namespace vedette::decode {

/// A message in place, with the innermost addressing. `context.time` and `context.packet` are not
/// set.
struct PacketMessage {
    PacketContext context;
    DnsProtocol protocol = DnsProtocol::Dns;
    ByteView message;
    bool alone = true;  ///< nothing else is in the datagram or segment
};

/// Fills `out` from its start and returns how many were found; more than it holds are left out.
/// `link_type` is a LINKTYPE_ value. What UDP carries is taken as a message whatever it is, except
/// on tunnels' and NetBIOS's ports; TCP must carry lengths that fit.
[[nodiscard]] std::size_t read_packet_messages(std::uint16_t link_type, ByteView packet,
                                               std::span<PacketMessage> out) noexcept;

}  // namespace vedette::decode
