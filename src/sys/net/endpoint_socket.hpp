// Internet sockets as servers and clients here need them: bound ones with SO_REUSEPORT, connected
// ones that never block. Addresses are the kernel's own; errors name the place as the caller wrote
// it. No state; safe on any thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    /// What the socket calls take.
    [[nodiscard]] sockaddr* generic() noexcept {
        return static_cast<sockaddr*>(static_cast<void*>(&storage));
    }
    [[nodiscard]] const sockaddr* generic() const noexcept {
        return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
    }
    [[nodiscard]] bool is_v4() const noexcept { return storage.ss_family == AF_INET; }
};

/// A bound datagram socket; port 0 lets the kernel choose. `where` is for messages.
[[nodiscard]] Result<Descriptor> open_datagram_server(const SocketAddress& address,
                                                      std::string_view where);
/// A bound, listening, non-blocking stream socket.
[[nodiscard]] Result<Descriptor> open_stream_listener(const SocketAddress& address,
                                                      std::string_view where);
/// What a DNS server listens with at one place.
struct ServerSockets {
    Descriptor datagrams;
    Descriptor listener;
};
/// Both of the above on one port; port 0 is one that is free for both.
[[nodiscard]] Result<ServerSockets> open_server_sockets(const SocketAddress& address,
                                                        std::string_view where);
/// What a socket that another process opened is.
enum class SocketKind : std::uint8_t { Datagram, Listener, Other };
[[nodiscard]] SocketKind kind_of(const Descriptor& socket) noexcept;
/// Gives a bound datagram socket that another process opened what open_datagram_server() gives.
[[nodiscard]] Result<void> adopt_datagram_server(const Descriptor& socket);
/// The same for a listener.
[[nodiscard]] Result<void> adopt_stream_listener(const Descriptor& socket);
/// A non-blocking datagram socket that only hears from `address`.
[[nodiscard]] Result<Descriptor> connect_datagram(const SocketAddress& address,
                                                  std::string_view where);
/// A non-blocking stream socket whose connection is under way: writable when it is there, or has
/// failed (connection_error()).
[[nodiscard]] Result<Descriptor> begin_stream(const SocketAddress& address, std::string_view where);
/// errno of a connection that became writable; 0 when it is established.
[[nodiscard]] int connection_error(const Descriptor& socket) noexcept;

/// What a socket is bound to; family 0 when that cannot be told.
[[nodiscard]] SocketAddress bound_address(const Descriptor& socket) noexcept;
/// The first address that the system's resolver gives for a host's name. Blocks.
[[nodiscard]] Result<SocketAddress> resolve_host(const std::string& host, std::uint16_t port);

}  // namespace vedette::sys
