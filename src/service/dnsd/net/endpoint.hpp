// Where the server listens, and the sockets for it. Every socket has SO_REUSEPORT, so that each
// core has its own and a new process can take over before the old one ends.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/address.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::dnsd {

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;

    /// "127.0.0.1:53", "[::1]:53", or an address alone, which gets `default_port`.
    [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text,
                                                       std::uint16_t default_port) noexcept;
    [[nodiscard]] std::string to_text() const;
    friend bool operator==(const Endpoint&, const Endpoint&) noexcept = default;
};

/// The kernel's form; the length that goes with it is returned.
socklen_t to_socket_address(const Endpoint& endpoint, sockaddr_storage& out) noexcept;
/// What the socket calls take.
[[nodiscard]] sockaddr* generic_address(sockaddr_storage& address) noexcept;
[[nodiscard]] Endpoint from_socket_address(const sockaddr_storage& address) noexcept;

/// A bound datagram socket. Port 0 lets the kernel choose.
[[nodiscard]] Result<sys::Descriptor> open_udp(const Endpoint& endpoint);
/// A bound, listening, non-blocking stream socket.
[[nodiscard]] Result<sys::Descriptor> open_tcp_listener(const Endpoint& endpoint);
/// What a socket is bound to.
[[nodiscard]] Endpoint bound_endpoint(const sys::Descriptor& socket) noexcept;

}  // namespace vedette::dnsd
