// A question as an Ethernet frame, and its answer as one: what the kernel does for sockets, done
// for AF_XDP. Plain datagrams only; the filter in front leaves everything else to the kernel. Views
// borrow the frame. Pure functions, safe on any thread.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "model/endpoint.hpp"

namespace vedette::dnsd {

/// Octets in front of a datagram's content.
inline constexpr std::size_t kUdpFrameBytesV4 = 14 + 20 + 8;
inline constexpr std::size_t kUdpFrameBytesV6 = 14 + 40 + 8;

struct UdpFrame {
    ByteView client_station;  ///< 6 octets
    ByteView server_station;
    Endpoint client;
    Endpoint server;
    ByteView content;

    [[nodiscard]] std::size_t header_bytes() const noexcept {
        return client.address.is_v4() ? kUdpFrameBytesV4 : kUdpFrameBytesV6;
    }
};

/// Nothing when it is no whole datagram over Ethernet, IPv4 without options or IPv6 without
/// extensions, from a place that can be answered, with checksums that are right. A UDP checksum
/// may be absent (IPv4), or be the sum of the pseudo header alone: so a card or a virtual link gets
/// frames whose sum it would have filled in.
[[nodiscard]] std::optional<UdpFrame> read_udp_frame(ByteView frame) noexcept;

/// Puts the headers of the answer to `question` in front of `answer_bytes` octets that are at
/// `frame` + question.header_bytes() already. The frame's length.
[[nodiscard]] std::size_t write_udp_frame(const UdpFrame& question, std::span<std::uint8_t> frame,
                                          std::size_t answer_bytes) noexcept;

}  // namespace vedette::dnsd
