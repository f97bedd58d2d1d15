#include "service/dnsd/net/quic_relay.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/os/error.hpp"

namespace vedette::dnsd {
namespace {

// kind(1), then of client and server: address(16) port(2, high octet first); then the packet.
constexpr std::size_t kEndpointBytes = 18;
constexpr std::size_t kHeadBytes = 1 + 2 * kEndpointBytes;
constexpr auto kLastKind = static_cast<std::uint8_t>(QuicRelay::Kind::Left);
constexpr int kQueueBytes = 4 << 20;  // what comes during a pause of the other side

void write(const Endpoint& endpoint, std::uint8_t* to) noexcept {
    std::ranges::copy(endpoint.address.octets, to);
    to[16] = static_cast<std::uint8_t>(endpoint.port >> 8U);
    to[17] = static_cast<std::uint8_t>(endpoint.port);
}

Endpoint read(const std::uint8_t* from) noexcept {
    Endpoint endpoint;
    std::copy_n(from, endpoint.address.octets.size(), endpoint.address.octets.begin());
    endpoint.port = static_cast<std::uint16_t>(from[16] << 8U | from[17]);
    return endpoint;
}

}  // namespace

Result<std::pair<QuicRelay, sys::Descriptor>> QuicRelay::make() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return sys::fail_errno("cannot make a relay for QUIC");
    for (const int end : ends)
        (void)::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kQueueBytes, sizeof(kQueueBytes));
    return std::pair(QuicRelay(sys::Descriptor(ends[0])), sys::Descriptor(ends[1]));
}

void QuicRelay::finish() noexcept {
    finished_ = true;
    if (open()) (void)::shutdown(socket_.get(), SHUT_WR);
}

bool QuicRelay::send(Kind kind, const QuicPath& path, ByteView packet) noexcept {
    if (!open() || finished_) return false;
    std::array<std::uint8_t, kHeadBytes> head;
    head[0] = static_cast<std::uint8_t>(kind);
    write(path.client, head.data() + 1);
    write(path.server, head.data() + 1 + kEndpointBytes);
    // The kernel's interface has no const; nothing is written to the packet.
    std::array<iovec, 2> parts{iovec{head.data(), head.size()},
                               iovec{const_cast<std::uint8_t*>(packet.data()), packet.size()}};
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    while (true) {
        if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
        if (errno != EINTR) return false;
    }
}

std::optional<QuicRelay::Message> QuicRelay::receive(std::span<std::uint8_t> buffer) noexcept {
    while (open()) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return std::nullopt;
        if (got <= 0) {
            close();
            return std::nullopt;
        }
        const auto bytes = static_cast<std::size_t>(got);
        if (bytes < kHeadBytes || buffer[0] < 1 || buffer[0] > kLastKind) continue;
        return Message{static_cast<Kind>(buffer[0]),
                       {read(buffer.data() + 1), read(buffer.data() + 1 + kEndpointBytes)},
                       ByteView(buffer).subspan(kHeadBytes, bytes - kHeadBytes)};
    }
    return std::nullopt;
}

}  // namespace vedette::dnsd
