// An address with a port: where a server listens or a client asks. A value; its text is what people
// type, and it goes to and from the kernel's form.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/address.hpp"

namespace vedette {

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

}  // namespace vedette
