#include "service/dnsd/net/socket_supply.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sys/net/endpoint_socket.hpp"
#include "sys/os/error.hpp"

namespace vedette::dnsd {
namespace {

struct Name {
    std::string_view text;
    SocketUse use;
};
// The first of a use is how it is called; the others are understood.
constexpr std::array kNames{Name{"udp", SocketUse::Datagrams}, Name{"tcp", SocketUse::Dns},
                            Name{"dns", SocketUse::Dns},       Name{"tls", SocketUse::Dot},
                            Name{"dot", SocketUse::Dot},       Name{"https", SocketUse::Doh},
                            Name{"doh", SocketUse::Doh}};
constexpr std::uint16_t kDotPort = 853;
constexpr std::uint16_t kHttpsPort = 443;

SocketUse use_of_listener(std::string_view name, const Endpoint& endpoint) noexcept {
    if (const auto named = parse_socket_use(name); named && *named != SocketUse::Datagrams)
        return *named;
    if (endpoint.port == kDotPort) return SocketUse::Dot;
    return endpoint.port == kHttpsPort ? SocketUse::Doh : SocketUse::Dns;
}

Result<sys::Descriptor> open_fresh(SocketUse use, const Endpoint& endpoint) {
    return use == SocketUse::Datagrams ? open_udp(endpoint) : open_tcp_listener(endpoint);
}

}  // namespace

std::string_view to_text(SocketUse use) noexcept {
    return std::ranges::find(kNames, use, &Name::use)->text;
}

std::optional<SocketUse> parse_socket_use(std::string_view text) noexcept {
    const auto* const found = std::ranges::find(kNames, text, &Name::text);
    if (found == kNames.end()) return std::nullopt;
    return found->use;
}

Result<void> SocketSupply::add(sys::Descriptor socket, std::string_view name) {
    const Endpoint endpoint = bound_endpoint(socket);
    switch (sys::kind_of(socket)) {
        case sys::SocketKind::Datagram:
            VEDETTE_TRY(sys::adopt_datagram_server(socket));
            held_.push_back({SocketUse::Datagrams, endpoint, std::move(socket)});
            return {};
        case sys::SocketKind::Listener:
            VEDETTE_TRY(sys::adopt_stream_listener(socket));
            held_.push_back({use_of_listener(name, endpoint), endpoint, std::move(socket)});
            return {};
        default:
            return fail(ErrorKind::InvalidInput,
                        std::string("the socket '") + std::string(name) +
                            "' is neither a datagram socket nor a listening stream socket");
    }
}

std::vector<Endpoint> SocketSupply::endpoints(SocketUse use) const {
    std::vector<Endpoint> all;
    for (const Held& held : held_) {
        if (held.use == use && std::ranges::find(all, held.endpoint) == all.end())
            all.push_back(held.endpoint);
    }
    return all;
}

Result<std::vector<sys::Descriptor>> SocketSupply::take(SocketUse use, Endpoint& endpoint,
                                                        unsigned wanted) {
    std::vector<sys::Descriptor> taken;
    std::erase_if(held_, [&](Held& held) {
        if (held.use != use || held.endpoint != endpoint) return false;
        taken.push_back(std::move(held.socket));
        return true;
    });
    const std::size_t came = taken.size();
    while (taken.size() < wanted) {
        // Beside a socket of somebody else no other can be opened, so threads share it.
        auto socket = came == 0 ? open_fresh(use, endpoint)
                                : Result<sys::Descriptor>(taken[taken.size() % came].duplicate());
        if (!socket) return std::unexpected(std::move(socket.error()));
        if (!socket->open()) return sys::fail_errno("cannot share a socket");
        endpoint = bound_endpoint(*socket);
        taken.push_back(std::move(*socket));
    }
    return taken;
}

}  // namespace vedette::dnsd
