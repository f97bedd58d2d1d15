#include "sys/net/sockets.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr int kListenBacklog = 1'024;
constexpr mode_t kUnixSocketMode = 0660;

using AddressList = std::unique_ptr<addrinfo, decltype([](addrinfo* a) { freeaddrinfo(a); })>;

void set_option(int fd, int level, int name, int value) noexcept {
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

Result<AddressList> resolve(const HostPort& target, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(target.host.empty() ? nullptr : target.host.c_str(),
                                 std::to_string(target.port).c_str(), &hints, &found);
    if (code != 0)
        return fail(ErrorKind::Unavailable,
                    fmt::format("cannot find {}: {}", target.host, gai_strerror(code)));
    return AddressList(found);
}

Result<Descriptor> connect_one(const addrinfo& address, const std::string& what,
                               Duration patience) {
    Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) return fail_errno(what);
    if (connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
        if (errno != EINPROGRESS) return fail_errno(what);
        if (!wait_for(socket.get(), Ready::Writable, patience))
            return fail(ErrorKind::Unavailable, what + ": no answer in time");
        int code = 0;
        socklen_t length = sizeof(code);
        if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &code, &length) != 0) code = errno;
        if (code != 0) return std::unexpected(os_error(code, what));
    }
    set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
    return socket;
}

Result<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("'{}' is too long for a unix socket", path));
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// A socket file that nobody answers behind is what a killed process left.
Result<void> clear_way(const std::string& path) {
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode))
        return fail(ErrorKind::InvalidSettings, path + " exists and is no socket");
    if (connect_unix(path)) return fail(ErrorKind::Busy, "somebody else listens on " + path);
    if (unlink(path.c_str()) != 0) return fail_errno("cannot replace " + path);
    return {};
}

std::string name_of(const sockaddr_storage& address, socklen_t length, HostPort& out) {
    char host[NI_MAXHOST] = {};
    char port[NI_MAXSERV] = {};
    if (address.ss_family == AF_UNIX) return "unix";
    if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), length, host, sizeof(host), port,
                    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return "unknown";
    out.host = host;
    (void)std::from_chars(port, port + std::strlen(port), out.port);
    return out.to_text();
}

}  // namespace

std::optional<HostPort> HostPort::parse(std::string_view text, std::uint16_t default_port) {
    HostPort result;
    result.port = default_port;
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
        if (!port.empty() && port.front() != ':') return std::nullopt;
    } else if (const std::size_t colon = text.find(':');
               colon != text.npos && text.find(':', colon + 1) == text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (!port.empty()) {
        port.remove_prefix(1);
        const char* const end = port.data() + port.size();
        const auto [stop, error] = std::from_chars(port.data(), end, result.port);
        if (error != std::errc() || stop != end) return std::nullopt;
    }
    if (host.empty() || host.find_first_of("/ \t[]") != host.npos) return std::nullopt;
    result.host = host;
    return result;
}

std::string HostPort::to_text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

bool HostPort::is_loopback() const {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<Descriptor> connect_tcp(const HostPort& target, Duration patience) {
    auto addresses = resolve(target, AI_ADDRCONFIG);
    if (!addresses) addresses = resolve(target, 0);  // without a network there is still loopback
    if (!addresses) return std::unexpected(std::move(addresses).error());
    const std::string what = "cannot connect to " + target.to_text();
    Result<Descriptor> last = fail(ErrorKind::Unavailable, what);
    for (const addrinfo* at = addresses->get(); at != nullptr; at = at->ai_next) {
        last = connect_one(*at, what, patience);
        if (last) break;
    }
    return last;
}

Result<Descriptor> connect_unix(const std::string& path) {
    const auto address = unix_address(path);
    if (!address) return std::unexpected(address.error());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open() ||
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0)
        return fail_errno("cannot connect to " + path);
    return socket;
}

Result<Descriptor> listen_tcp(const HostPort& where) {
    const std::string what = "cannot listen on " + where.to_text();
    const auto addresses = resolve(where, AI_PASSIVE);
    if (!addresses) return fail(Error(addresses.error()), what);
    const addrinfo& address = **addresses;
    Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) return fail_errno(what);
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.ai_family == AF_INET6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0 ||
        listen(socket.get(), kListenBacklog) != 0)
        return fail_errno(what);
    return socket;
}

Result<Descriptor> listen_unix(const std::string& path) {
    const auto address = unix_address(path);
    if (!address) return std::unexpected(address.error());
    VEDETTE_TRY(clear_way(path));
    const std::string what = "cannot listen on " + path;
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.open()) return fail_errno(what);
    // The mode holds from the first moment: nobody connects before listen().
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0 ||
        chmod(path.c_str(), kUnixSocketMode) != 0 || listen(socket.get(), kListenBacklog) != 0)
        return fail_errno(what);
    return socket;
}

Descriptor accept_from(const Descriptor& listener) noexcept {
    Descriptor socket(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.open()) {
        set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
        set_option(socket.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
    }
    return socket;
}

HostPort bound_host_port(const Descriptor& socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    HostPort result;
    if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0)
        (void)name_of(address, length, result);
    return result;
}

std::string peer_text(const Descriptor& socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    HostPort ignored;
    if (getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return "unknown";
    return name_of(address, length, ignored);
}

bool wait_for(int descriptor, Ready what, Duration patience) noexcept {
    short events = POLLIN | POLLOUT;
    if (what == Ready::Readable) events = POLLIN;
    if (what == Ready::Writable) events = POLLOUT;
    pollfd entry{descriptor, events, 0};
    return poll(&entry, 1, static_cast<int>(patience.nanos / kNanosPerMilli)) > 0;
}

}  // namespace vedette::sys
