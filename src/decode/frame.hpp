// The steps over layers that Decoder and PacketInspector share: from a frame to what its link
// carries, and from a tunnel's header to what is inside. Views borrow the packet. Pure.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/ip/tunnel.hpp"
#include "wire/link/link.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::decode {

/// A frame that leads straight to IP, as nearly all do; type 0 sends the packet through the full
/// table of links.
struct PlainFrame {
    std::uint16_t ether_type = 0;
    ByteView destination;  ///< 6 bytes
    ByteView source;
    ByteView payload;
};

[[nodiscard]] inline PlainFrame read_plain_ethernet(ByteView bytes) noexcept {
    PlainFrame frame;
    wire::Reader reader{bytes};
    frame.destination = reader.bytes(6);
    frame.source = reader.bytes(6);
    const std::uint16_t type = reader.u16();
    if (type != wire::link::kEtherIpv4 && type != wire::link::kEtherIpv6) return frame;
    frame.ether_type = type;
    frame.payload = reader.rest();
    return frame;
}

/// What a tunnel carries, tags peeled; ether_type 0 when it does not lead to a network layer.
/// `cut`: the capture ends early, so damage is the capture's doing.
[[nodiscard]] wire::link::LinkView open_tunnel(wire::ip::Tunnel tunnel, ByteView bytes,
                                               bool cut) noexcept;

}  // namespace vedette::decode
