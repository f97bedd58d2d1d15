#include "captures/flows/ipfix_exporter.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <utility>

#include "sys/os/error.hpp"

namespace vedette::captures {
namespace {

/// Fits every IPv6 path without fragments: 1280 - 40 - 8.
constexpr std::size_t kMaxUdpMessage = 1'232;
constexpr std::size_t kMaxTcpMessage = 16'384;
constexpr std::uint32_t kBurst = 8;
constexpr timeval kSendTimeout{10, 0};

std::int64_t monotonic_nanos() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

std::optional<std::uint16_t> read_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
    return port;
}

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Result<sys::Descriptor> open_socket(const Collector& collector) {
    addrinfo hints{};
    hints.ai_socktype = collector.transport == CollectorTransport::Udp ? SOCK_DGRAM : SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(collector.port);
    const int error = ::getaddrinfo(collector.host.c_str(), port.c_str(), &hints, &found);
    if (error != 0) {
        return fail(ErrorKind::NotFound, fmt::format("cannot find the IPFIX collector {}: {}",
                                                     collector.host, ::gai_strerror(error)));
    }
    const std::unique_ptr<addrinfo, FreeAddresses> list(found);
    int reason = 0;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        sys::Descriptor socket(
            ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol));
        if (!socket.open()) {
            reason = errno;
            continue;
        }
        // Also bounds how long connecting takes.
        (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout,
                           sizeof kSendTimeout);
        if (::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) return socket;
        reason = errno == EINPROGRESS ? ETIMEDOUT : errno;
    }
    return std::unexpected(
        sys::os_error(reason, fmt::format("cannot reach {}", collector.to_text())));
}

}  // namespace

std::optional<Collector> Collector::parse(std::string_view text) {
    Collector collector;
    constexpr std::pair<std::string_view, CollectorTransport> kSchemes[] = {
        {"ipfix://", CollectorTransport::Udp},
        {"ipfix+udp://", CollectorTransport::Udp},
        {"ipfix+tcp://", CollectorTransport::Tcp},
    };
    bool known = false;
    for (const auto& [scheme, transport] : kSchemes) {
        if (!text.starts_with(scheme)) continue;
        text.remove_prefix(scheme.size());
        collector.transport = transport;
        known = true;
        break;
    }
    if (!known) return std::nullopt;
    if (text.ends_with('/')) text.remove_suffix(1);
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        collector.host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
    } else {
        const std::size_t colon = text.find(':');
        collector.host = text.substr(0, colon);
        if (colon != std::string_view::npos) rest = text.substr(colon);
    }
    if (collector.host.empty() || collector.host.find_first_of("/?# ") != std::string::npos) {
        return std::nullopt;
    }
    if (rest.empty()) return collector;
    const auto port = rest.front() == ':' ? read_port(rest.substr(1)) : std::nullopt;
    if (!port) return std::nullopt;
    collector.port = *port;
    return collector;
}

std::string Collector::to_text() const {
    const bool v6 = host.find(':') != std::string::npos;
    return fmt::format("ipfix+{}://{}{}{}:{}", transport == CollectorTransport::Udp ? "udp" : "tcp",
                       v6 ? "[" : "", host, v6 ? "]" : "", port);
}

Result<IpfixExporter> IpfixExporter::connect(const Collector& collector, const Clock& clock,
                                             const ExportOptions& options) {
    auto socket = open_socket(collector);
    if (!socket) return std::unexpected(std::move(socket).error());
    IpfixExporter exporter(std::move(*socket), collector, clock, options);
    exporter.send_templates();
    if (!exporter.outcome_) return std::unexpected(exporter.outcome_.error());
    return exporter;
}

IpfixExporter::IpfixExporter(sys::Descriptor socket, const Collector& collector, const Clock& clock,
                             const ExportOptions& options)
    : socket_(std::move(socket)),
      collector_(collector),
      clock_(&clock),
      options_(options),
      encoder_(options.domain,
               collector.transport == CollectorTransport::Udp ? kMaxUdpMessage : kMaxTcpMessage) {}

void IpfixExporter::on_flow(const Flow& flow) {
    if (!outcome_) return;
    ++flows_;
    if (encoder_.append(flow)) return;
    send_records();
    const bool appended = encoder_.append(flow);
    VEDETTE_ASSERT(appended);
}

Result<void> IpfixExporter::finish() {
    if (outcome_ && !encoder_.empty()) send_records();
    return outcome_;
}

void IpfixExporter::send_records() {
    send(encoder_.finish(clock_->now()));
    if (collector_.transport == CollectorTransport::Tcp) return;
    if (++since_templates_ >= options_.messages_per_template) send_templates();
}

void IpfixExporter::send_templates() {
    since_templates_ = 0;
    send(encoder_.templates(clock_->now()));
}

void IpfixExporter::send(ByteView message) {
    if (!outcome_) return;
    if (collector_.transport == CollectorTransport::Udp) pace();
    std::size_t done = 0;
    while (done < message.size()) {
        const ssize_t sent =
            ::send(socket_.get(), message.data() + done, message.size() - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) {
            outcome_ = std::unexpected(
                sys::os_error(errno, fmt::format("cannot send flows to {} (is a collector "
                                                 "listening there?)",
                                                 collector_.to_text())));
            return;
        }
        done += static_cast<std::size_t>(sent);
    }
    ++messages_;
}

// Small bursts, then a pause up to the next one's turn.
void IpfixExporter::pace() {
    if (options_.messages_per_second == 0) return;
    const std::int64_t now = monotonic_nanos();
    if (burst_ == 0) window_nanos_ = now;
    if (++burst_ <= kBurst) return;
    const std::int64_t turn =
        window_nanos_ + kNanosPerSecond * kBurst / options_.messages_per_second;
    if (turn > now) {
        const timespec pause{0, static_cast<long>(std::min(turn - now, kNanosPerSecond - 1))};
        ::nanosleep(&pause, nullptr);
    }
    window_nanos_ = monotonic_nanos();
    burst_ = 1;
}

}  // namespace vedette::captures
