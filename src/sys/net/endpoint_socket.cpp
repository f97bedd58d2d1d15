#include "sys/net/endpoint_socket.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr int kReceiveBufferBytes = 4 << 20U;  // bursts of a few milliseconds at full rate
constexpr int kListenBacklog = 1'024;
constexpr int kPortChoices = 100;
constexpr int kFastOpenQueue = 256;  // RFC 7413, RFC 7766 6.2.1

bool set_option(int fd, int level, int name, int value) noexcept {
    return setsockopt(fd, level, name, &value, sizeof(value)) == 0;
}

std::string sentence(std::string_view verb, std::string_view where) {
    return std::string(verb).append(where);
}

// What the path is said to carry comes from ICMP messages that anybody can forge; answers keep to a
// size that passes everywhere instead (RFC 9715 3.1). It also spares a look-up per datagram.
void ignore_path_mtu(int fd, bool is_v4) noexcept {
    if (is_v4)
        (void)set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    else
        (void)set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
}

// A smaller buffer than asked for is no reason not to work.
void ask_receive_buffer(int fd) noexcept {
    if (!set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBufferBytes))
        (void)set_option(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
}

Result<Descriptor> open_bound(const SocketAddress& address, int type, std::string_view where) {
    Descriptor socket(::socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
    const std::string what = sentence("cannot listen on ", where);
    if (!socket.open()) return fail_errno(what);
    const int fd = socket.get();
    if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) ||
        !set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1))
        return fail_errno(what);
    if (!address.is_v4() && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return fail_errno(what);
    if (bind(fd, address.generic(), address.length) != 0) return fail_errno(what);
    return socket;
}

int option_of(int fd, int level, int name) noexcept {
    int value = -1;
    socklen_t length = sizeof(value);
    return getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

enum class Waiting : std::uint8_t { No, Yes };

Result<void> set_waiting(int fd, Waiting waiting) {
    const int flags = fcntl(fd, F_GETFL);
    const int wanted = waiting == Waiting::Yes ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    if (flags < 0 || fcntl(fd, F_SETFL, wanted) != 0) return fail_errno("cannot use a socket");
    return {};
}

bool is_unspecified(const SocketAddress& address) noexcept {
    if (address.is_v4()) {
        sockaddr_in v4;
        std::memcpy(&v4, &address.storage, sizeof(v4));
        return v4.sin_addr.s_addr == INADDR_ANY;
    }
    sockaddr_in6 v6;
    std::memcpy(&v6, &address.storage, sizeof(v6));
    return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) != 0;
}

std::uint16_t port_of(const SocketAddress& address) noexcept {
    sockaddr_in either;  // both families have it at the same place
    std::memcpy(&either, &address.storage, sizeof(either));
    return ntohs(either.sin_port);
}

}  // namespace

Result<Descriptor> open_datagram_server(const SocketAddress& address, std::string_view where) {
    auto socket = open_bound(address, SOCK_DGRAM, where);
    if (!socket) return socket;
    VEDETTE_TRY(adopt_datagram_server(*socket));
    return socket;
}

SocketKind kind_of(const Descriptor& socket) noexcept {
    const bool internet = option_of(socket.get(), SOL_SOCKET, SO_DOMAIN) == AF_INET ||
                          option_of(socket.get(), SOL_SOCKET, SO_DOMAIN) == AF_INET6;
    const int type = option_of(socket.get(), SOL_SOCKET, SO_TYPE);
    if (internet && type == SOCK_DGRAM) return SocketKind::Datagram;
    if (internet && type == SOCK_STREAM && option_of(socket.get(), SOL_SOCKET, SO_ACCEPTCONN) == 1)
        return SocketKind::Listener;
    return SocketKind::Other;
}

Result<void> adopt_datagram_server(const Descriptor& socket) {
    const int fd = socket.get();
    const SocketAddress address = bound_address(socket);
    VEDETTE_TRY(set_waiting(fd, Waiting::Yes));
    ask_receive_buffer(fd);
    ignore_path_mtu(fd, address.is_v4());
    if (is_unspecified(address)) {  // answers must leave from the address that was asked
        const bool v4 = address.is_v4();
        if (!set_option(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1))
            return fail_errno("cannot ask for destination addresses");
    }
    return {};
}

Result<void> adopt_stream_listener(const Descriptor& socket) {
    return set_waiting(socket.get(), Waiting::No);
}

Result<Descriptor> open_stream_listener(const SocketAddress& address, std::string_view where) {
    auto socket = open_bound(address, SOCK_STREAM | SOCK_NONBLOCK, where);
    if (!socket) return socket;
    (void)set_option(socket->get(), IPPROTO_TCP, TCP_FASTOPEN, kFastOpenQueue);
    if (listen(socket->get(), kListenBacklog) != 0)
        return fail_errno(sentence("cannot listen on ", where));
    return socket;
}

Result<ServerSockets> open_server_sockets(const SocketAddress& address, std::string_view where) {
    for (int tries = 1;; ++tries) {
        auto datagrams = open_datagram_server(address, where);
        if (!datagrams) return std::unexpected(std::move(datagrams).error());
        const SocketAddress bound = bound_address(*datagrams);
        auto listener = open_stream_listener(bound, where);
        if (listener) return ServerSockets{std::move(*datagrams), std::move(*listener)};
        // A port that the kernel chose for datagrams may be that of a stream.
        const bool chosen = port_of(address) == 0;
        if (!chosen || listener.error().kind != ErrorKind::Busy || tries == kPortChoices)
            return std::unexpected(std::move(listener).error());
    }
}

Result<Descriptor> connect_datagram(const SocketAddress& address, std::string_view where) {
    Descriptor socket(
        ::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const std::string what = sentence("cannot send to ", where);
    if (!socket.open()) return fail_errno(what);
    ask_receive_buffer(socket.get());
    if (connect(socket.get(), address.generic(), address.length) != 0) return fail_errno(what);
    return socket;
}

Result<Descriptor> begin_stream(const SocketAddress& address, std::string_view where) {
    Descriptor socket(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const std::string what = sentence("cannot connect to ", where);
    if (!socket.open()) return fail_errno(what);
    (void)set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    if (connect(socket.get(), address.generic(), address.length) != 0 && errno != EINPROGRESS)
        return fail_errno(what);
    return socket;
}

int connection_error(const Descriptor& socket) noexcept {
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    return error;
}

SocketAddress bound_address(const Descriptor& socket) noexcept {
    SocketAddress address;
    if (getsockname(socket.get(), address.generic(), &address.length) != 0) return {};
    return address;
}

Result<SocketAddress> resolve_host(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0)
        return fail(ErrorKind::NotFound,
                    "cannot find the host " + host + ": " + gai_strerror(code));
    SocketAddress address;
    address.length = found->ai_addrlen;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return address;
}

}  // namespace vedette::sys
