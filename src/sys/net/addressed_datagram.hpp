// Single datagrams with both of their addresses, for protocols that keep state for each path. A
// socket bound to every address tells and is told which of its own it is by control data. Never
// waits. No state.
#pragma once

#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "sys/net/endpoint_socket.hpp"

namespace vedette::sys {

struct AddressedDatagram {
    std::size_t bytes = 0;
    SocketAddress from;
    SocketAddress to;
};

/// Nothing when none waits. A datagram that is longer than `into` is cut.
[[nodiscard]] std::optional<AddressedDatagram> receive_addressed(
    const Descriptor& socket, std::span<std::uint8_t> into) noexcept;
/// False when the kernel did not take it.
bool send_addressed(const Descriptor& socket, ByteView bytes, const SocketAddress& from,
                    const SocketAddress& to) noexcept;

}  // namespace vedette::sys
