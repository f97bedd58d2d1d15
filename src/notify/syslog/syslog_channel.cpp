#include "notify/syslog/syslog_channel.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "notify/endpoint_url.hpp"
#include "notify/stream.hpp"
#include "notify/syslog/syslog_message.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"

namespace vedette::notify {
namespace {

using sys::Descriptor;
using Verdict = Outcome::Verdict;

// RFC 5424 section 6.1: receivers should take 2,048 octets; RFC 5426 wants no fragments beyond.
constexpr std::size_t kDatagramBytes = 2'048;
constexpr std::size_t kStreamBytes = 8'192;

Outcome failed(Error error) {
    return {Verdict::Failed, std::move(error.text), {}};
}

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Result<Descriptor> open_unix(const std::string& path, int type) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return fail(ErrorKind::InvalidInput, path + ": too long for a socket's path");
    std::copy(path.begin(), path.end(), address.sun_path);
    Descriptor socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (!socket.open()) return sys::fail_errno("socket");
    const auto* const name = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    if (::connect(socket.get(), name, sizeof(address)) != 0) return sys::fail_errno(path);
    return socket;
}

Result<Descriptor> open_udp(const EndpointUrl& url) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int code =
        ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &list);
    if (code != 0)
        return fail(ErrorKind::Unavailable, fmt::format("{}: {}", url.host, ::gai_strerror(code)));
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(list);
    int error = EHOSTUNREACH;
    for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
        Descriptor socket(::socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (socket.open() && ::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0)
            return socket;
        error = errno;
    }
    return std::unexpected(sys::os_error(error, url.host));
}

/// Every byte of `text`, or the time is up.
Result<void> send_all(int socket, std::string_view text, Duration timeout) {
    const timeval limit{timeout.nanos / kNanosPerSecond, 1'000};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    while (!text.empty()) {
        const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return sys::fail_errno("send");
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

class SyslogChannel final : public Channel {
  public:
    explicit SyslogChannel(SyslogSettings settings)
        : settings_(std::move(settings)), facility_(syslog_facility(settings_.facility)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        auto url = parse_endpoint_url(settings_.url);
        if (!url) return {Verdict::Refused, url.error().text, {}};
        if (url->scheme == "unix") return send_unix(digest, url->path, attempt);
        if (url->port == 0)
            url->port = url->scheme == "udp" ? 514 : url->scheme == "tcp" ? 601 : 6'514;
        return url->scheme == "udp" ? send_udp(digest, *url, attempt)
                                    : send_stream(digest, *url, attempt);
    }

  private:
    /// Datagrams; when a message fails after others went out, all are sent again: at least once.
    Outcome send_datagrams(const Digest& digest, const Descriptor& socket, std::string_view name,
                           const Attempt& attempt) const {
        for (const Notice& notice : digest.notices) {
            const std::string message = syslog_message(digest, notice, facility_, kDatagramBytes);
            if (auto sent = send_all(socket.get(), message, attempt.timeout); !sent)
                return failed(std::move(sent.error()).context(name));
        }
        return {Verdict::Delivered, fmt::format("{} datagrams sent", digest.notices.size()), {}};
    }
    Outcome send_udp(const Digest& digest, const EndpointUrl& url, const Attempt& attempt) const {
        auto socket = open_udp(url);
        if (!socket) return failed(std::move(socket.error()));
        attempt.tell(fmt::format("* sending to {} port {} over UDP; no answer is to be expected",
                                 url.host, url.port));
        // A closed port answers the first datagram with an error that the next send would meet.
        Outcome outcome = send_datagrams(digest, *socket, url.host, attempt);
        if (outcome.delivered() && refused(*socket))
            return failed(sys::os_error(ECONNREFUSED, url.host));
        return outcome;
    }
    static bool refused(const Descriptor& socket) {
        constexpr int kWaitMs = 100;
        pollfd wait{socket.get(), POLLERR, 0};
        if (::poll(&wait, 1, kWaitMs) <= 0) return false;
        int error = 0;
        socklen_t size = sizeof(error);
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        return error == ECONNREFUSED;
    }
    Outcome send_unix(const Digest& digest, const std::string& path, const Attempt& attempt) const {
        auto socket = open_unix(path, SOCK_DGRAM);
        if (socket) {
            attempt.tell(fmt::format("* connected to {} (datagrams)", path));
            return send_datagrams(digest, *socket, path, attempt);
        }
        socket = open_unix(path, SOCK_STREAM);
        if (!socket) return failed(std::move(socket.error()));
        attempt.tell(fmt::format("* connected to {} (stream)", path));
        // Streams of unix sockets are cut at line ends; no message holds one.
        std::string text;
        for (const Notice& notice : digest.notices)
            text += syslog_message(digest, notice, facility_, kStreamBytes) + '\n';
        if (auto sent = send_all(socket->get(), text, attempt.timeout); !sent)
            return failed(std::move(sent.error()).context(path));
        return {Verdict::Delivered, fmt::format("{} messages sent", digest.notices.size()), {}};
    }

    /// Frames of RFC 6587 3.4.1: the length, a blank, the message.
    Outcome send_stream(const Digest& digest, const EndpointUrl& url,
                        const Attempt& attempt) const {
        Stream stream(attempt, settings_.tls);
        const auto security = url.scheme == "tls" ? Stream::Security::Tls : Stream::Security::Plain;
        if (auto opened = stream.open(url, security); !opened)
            return failed(std::move(opened.error()));
        std::string text;
        for (const Notice& notice : digest.notices) {
            const std::string message = syslog_message(digest, notice, facility_, kStreamBytes);
            text += fmt::format("{} {}", message.size(), message);
        }
        auto sent = stream.send(text);
        if (sent) sent = stream.confirm();
        if (!sent) return {Verdict::Unclear, std::move(sent.error().text), {}};
        return {Verdict::Delivered, fmt::format("{} messages taken", digest.notices.size()), {}};
    }

    SyslogSettings settings_;
    std::uint8_t facility_;
};

}  // namespace

std::unique_ptr<Channel> make_syslog_channel(SyslogSettings settings) {
    return std::make_unique<SyslogChannel>(std::move(settings));
}

}  // namespace vedette::notify
