#include "model/endpoint.hpp"

#include <netinet/in.h>

#include <charconv>
#include <cstring>

namespace vedette {

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
    const std::string host = address.to_text();
    return (address.is_v4() ? host : '[' + host + ']') + ':' + std::to_string(port);
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

}  // namespace vedette
