#include "service/dnsd/net/endpoint.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "sys/os/error.hpp"

namespace vedette::dnsd {
namespace {

constexpr int kReceiveBufferBytes = 4 << 20U;  // bursts of a few milliseconds at full rate
constexpr int kListenBacklog = 1'024;
constexpr int kFastOpenQueue = 256;  // RFC 7413, RFC 7766 6.2.1

bool set_option(int fd, int level, int name, int value) noexcept {
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

Result<sys::Descriptor> open_bound(const Endpoint& endpoint, int type) {
    const bool v4 = endpoint.address.is_v4();
    sys::Descriptor socket(::socket(v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
    const std::string what = "cannot listen on " + endpoint.to_text();
    if (!socket.open()) return sys::fail_errno(what);
    const int fd = socket.get();
    if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
        !set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return sys::fail_errno(what);
    if (!v4 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return sys::fail_errno(what);
    sockaddr_storage address;
    const socklen_t length = to_socket_address(endpoint, address);
    if (bind(fd, generic_address(address), length) != 0) return sys::fail_errno(what);
    return socket;
}

}  // namespace

std::optional<Endpoint> Endpoint::parse(std::string_view text,
                                        std::uint16_t default_port) noexcept {
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
        if (!port.empty() && port.front() != ':') return std::nullopt;
    } else if (const std::size_t colon = text.find(':');
               colon != std::string_view::npos && text.find(':', colon + 1) == text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    Endpoint endpoint;
    endpoint.port = default_port;
    if (!port.empty()) {
        port.remove_prefix(1);
        const char* end = port.data() + port.size();
        const auto [stop, error] = std::from_chars(port.data(), end, endpoint.port);
        if (error != std::errc() || stop != end) return std::nullopt;
    }
    const std::optional<IpAddress> address = IpAddress::parse(host);
    if (!address) return std::nullopt;
    endpoint.address = *address;
    return endpoint;
}

std::string Endpoint::to_text() const {
    return address.is_v4() ? fmt::format("{}:{}", address.to_text(), port)
                           : fmt::format("[{}]:{}", address.to_text(), port);
}

socklen_t to_socket_address(const Endpoint& endpoint, sockaddr_storage& out) noexcept {
    std::memset(&out, 0, sizeof(out));
    const ByteView bytes = endpoint.address.bytes();
    if (endpoint.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&out, &v4, sizeof(v4));
        return sizeof(v4);
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&out, &v6, sizeof(v6));
    return sizeof(v6);
}

Endpoint from_socket_address(const sockaddr_storage& address) noexcept {
    Endpoint endpoint;
    if (address.ss_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &address, sizeof(v4));
        endpoint.address = IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
        endpoint.port = ntohs(v4.sin_port);
    } else {
        sockaddr_in6 v6;
        std::memcpy(&v6, &address, sizeof(v6));
        std::memcpy(endpoint.address.octets.data(), &v6.sin6_addr, 16);
        endpoint.port = ntohs(v6.sin6_port);
    }
    return endpoint;
}

sockaddr* generic_address(sockaddr_storage& address) noexcept {
    return static_cast<sockaddr*>(static_cast<void*>(&address));
}

Result<sys::Descriptor> open_udp(const Endpoint& endpoint) {
    auto socket = open_bound(endpoint, SOCK_DGRAM);
    if (!socket) return socket;
    const int fd = socket->get();
    // A smaller buffer than asked for is no reason not to serve.
    if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBufferBytes))
        (void)set_option(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
    if (endpoint.address.is_unspecified()) {  // answers must leave from the address that was asked
        const bool v4 = endpoint.address.is_v4();
        if (!set_option(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1))
            return sys::fail_errno("cannot ask for destination addresses");
    }
    return socket;
}

Result<sys::Descriptor> open_tcp_listener(const Endpoint& endpoint) {
    auto socket = open_bound(endpoint, SOCK_STREAM | SOCK_NONBLOCK);
    if (!socket) return socket;
    (void)set_option(socket->get(), IPPROTO_TCP, TCP_FASTOPEN, kFastOpenQueue);
    if (listen(socket->get(), kListenBacklog) != 0)
        return sys::fail_errno("cannot listen on " + endpoint.to_text());
    return socket;
}

Endpoint bound_endpoint(const sys::Descriptor& socket) noexcept {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    if (getsockname(socket.get(), generic_address(address), &length) != 0) return {};
    return from_socket_address(address);
}

}  // namespace vedette::dnsd
