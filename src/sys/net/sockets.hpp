// Stream sockets by the names that people type: host and port, or the path of a unix socket.
// Non-blocking and closed on exec. No state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

/// A host by name or address, and a port.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;

    /// "host", "host:port", "192.0.2.1:853", "[2001:db8::1]:853", "2001:db8::1".
    [[nodiscard]] static std::optional<HostPort> parse(std::string_view text,
                                                       std::uint16_t default_port);
    /// With brackets around an IPv6 address.
    [[nodiscard]] std::string to_text() const;
    /// An address that does not leave this machine, or "localhost".
    [[nodiscard]] bool is_loopback() const;
    friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// Connects to the first address of the host that answers. Unavailable when none does in time.
[[nodiscard]] Result<Descriptor> connect_tcp(const HostPort& target, Duration patience);
[[nodiscard]] Result<Descriptor> connect_unix(const std::string& path);

/// Port 0 lets the kernel choose; bound_host_port() tells.
[[nodiscard]] Result<Descriptor> listen_tcp(const HostPort& where);
/// Replaces a socket that nobody listens on; refuses any other file. Mode 0660.
[[nodiscard]] Result<Descriptor> listen_unix(const std::string& path);
/// The next waiting connection; not open() when there is none.
[[nodiscard]] Descriptor accept_from(const Descriptor& listener) noexcept;

[[nodiscard]] HostPort bound_host_port(const Descriptor& socket);
/// "192.0.2.1:5353"; "unix" for a unix socket.
[[nodiscard]] std::string peer_text(const Descriptor& socket);

enum class Ready : std::uint8_t { Readable, Writable, Either };
/// Waits until the descriptor is ready, or had an error; false when the time was over.
[[nodiscard]] bool wait_for(int descriptor, Ready what, Duration patience) noexcept;

}  // namespace vedette::sys
