#include "service/dnsd/net/endpoint.hpp"

#include "sys/net/endpoint_socket.hpp"

namespace vedette::dnsd {

Result<sys::Descriptor> open_udp(const Endpoint& endpoint) {
    sys::SocketAddress address;
    address.length = to_socket_address(endpoint, address.storage);
    return sys::open_datagram_server(address, endpoint.to_text());
}

Result<sys::Descriptor> open_tcp_listener(const Endpoint& endpoint) {
    sys::SocketAddress address;
    address.length = to_socket_address(endpoint, address.storage);
    return sys::open_stream_listener(address, endpoint.to_text());
}

Endpoint bound_endpoint(const sys::Descriptor& socket) noexcept {
    return from_socket_address(sys::bound_address(socket).storage);
}

}  // namespace vedette::dnsd
