// Where the server's sockets come from: a service manager gave them, a predecessor handed them
// over, or they are opened here. What came from elsewhere may hold questions already, so every such
// socket is served, however many threads there are. Used by one thread, at the start.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/dnsd/net/endpoint.hpp"
#include "sys/xdp/xdp_parts.hpp"

namespace vedette::dnsd {

/// What is spoken on a socket.
enum class SocketUse : std::uint8_t { Datagrams, Dns, Dot, Doh, Doq };

/// "udp", "tcp", "tls", "https", "quic".
[[nodiscard]] std::string_view to_text(SocketUse use) noexcept;
[[nodiscard]] std::optional<SocketUse> parse_socket_use(std::string_view text) noexcept;

class SocketSupply {
  public:
    /// Whether the places of the settings are served as well, or only what the supply holds: a
    /// service manager that gives sockets decides where the server listens.
    enum class Places : std::uint8_t { OfSettings, OfSupply };
    explicit SocketSupply(Places places = Places::OfSettings) noexcept : places_(places) {}
    [[nodiscard]] Places places() const noexcept { return places_; }
    void set_places(Places places) noexcept { places_ = places; }

    /// Takes a socket that exists. What a listener speaks is said by `name` ("dns", "tls" or "dot",
    /// "https" or "doh"), else by its port: 853, 443, or DNS; on datagrams "quic" or "doq", and
    /// 853. InvalidInput: no socket that can be served.
    [[nodiscard]] Result<void> add(sys::Descriptor socket, std::string_view name);

    [[nodiscard]] bool empty() const noexcept { return held_.empty(); }
    /// Where the sockets of this use are, each place once, in the order they came.
    [[nodiscard]] std::vector<Endpoint> endpoints(SocketUse use) const;
    /// At least `wanted` sockets: all that are held for the place, opening or duplicating what is
    /// missing. A port 0 becomes the one that the kernel chose.
    [[nodiscard]] Result<std::vector<sys::Descriptor>> take(SocketUse use, Endpoint& endpoint,
                                                            unsigned wanted);
    /// By it a predecessor serves the QUIC connections that it has.
    void set_quic_relay(sys::Descriptor relay) noexcept { quic_relay_ = std::move(relay); }
    [[nodiscard]] sys::Descriptor take_quic_relay() noexcept { return std::move(quic_relay_); }
    /// Interfaces that a predecessor serves by AF_XDP.
    [[nodiscard]] sys::XdpParts& xdp() noexcept { return xdp_; }
    /// How many are held still, which nobody took.
    [[nodiscard]] std::size_t left() const noexcept { return held_.size(); }

  private:
    struct Held {
        SocketUse use = SocketUse::Datagrams;
        Endpoint endpoint;
        sys::Descriptor socket;
    };
    Places places_;
    std::vector<Held> held_;
    sys::Descriptor quic_relay_;
    sys::XdpParts xdp_;
};

}  // namespace vedette::dnsd
