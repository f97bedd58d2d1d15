#include "app/replay/replay_options.hpp"

#include <fmt/format.h>

#include <charconv>

#include "app/watch/summary.hpp"
#include "base/units.hpp"
#include "sys/net/sockets.hpp"
#include "sys/net/tls.hpp"

namespace vedette::app {
namespace {

using replay::Via;

/// Nobody is overrun by accident: more must be asked for.
constexpr double kDefaultRate = 1'000;
constexpr std::string_view kDotProtocol{"\3dot"};  // RFC 7858 and the IANA registry of ALPN

struct ViaRow {
    std::string_view name;
    Via via;
    std::uint16_t port;
};
constexpr std::array kVias{
    ViaRow{"udp", Via::Udp, 53},
    ViaRow{"tcp", Via::Tcp, 53},
    ViaRow{"tls", Via::Tls, 853},
    ViaRow{"traced", Via::Traced, 9'000},
};

std::unexpected<Error> wrong(std::string_view flag, std::string_view text, std::string_view what) {
    return fail(ErrorKind::Usage, fmt::format("--{}: '{}' is not {}", flag, text, what));
}

std::optional<double> parse_factor(std::string_view text) noexcept {
    if (text.ends_with('x')) text.remove_suffix(1);
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || !(value >= 1e-6 && value <= 1e6))
        return std::nullopt;
    return value;
}

Result<void> set_pace(const Arguments& arguments, replay::Pace& pace) {
    const std::string* const speed = arguments.get("speed");
    pace.rate = static_cast<double>(arguments.number("rate", 0));
    if (speed == nullptr) {
        if (!arguments.has("rate")) pace.rate = kDefaultRate;
        return {};
    }
    if (*speed == "max") return {};
    const auto factor = parse_factor(*speed);
    if (!factor) return wrong("speed", *speed, "a factor such as 1, 10 or 0.5, nor max");
    pace.speed = *factor;
    return {};
}

Result<void> set_number(const Arguments& arguments, std::string_view flag, std::uint64_t most,
                        unsigned& out) {
    if (!arguments.has(flag)) return {};
    const std::uint64_t value = arguments.number(flag, 0);
    if (value < 1 || value > most)
        return wrong(flag, *arguments.get(flag), fmt::format("a number from 1 to {}", most));
    out = static_cast<unsigned>(value);
    return {};
}

Result<void> set_patience(const Arguments& arguments, replay::ReplaySettings& settings) {
    if (const std::string* const text = arguments.get("timeout")) {
        const auto timeout = parse_duration(*text);
        if (!timeout || *timeout < Duration::millis(1) || *timeout > Duration::seconds(300))
            return wrong("timeout", *text, "a time from 1ms to 5m, such as 500ms or 2s");
        settings.timeout = *timeout;
    }
    if (!arguments.has("retries")) return {};
    const std::uint64_t retries = arguments.number("retries", 0);
    if (retries > 20) return wrong("retries", *arguments.get("retries"), "a number from 0 to 20");
    settings.retries = static_cast<unsigned>(retries);
    return {};
}

const ViaRow& row_of(Via via) noexcept {
    return kVias[static_cast<std::size_t>(via)];
}

bool is_broadcast(const IpAddress& address) noexcept {
    return address.is_v4() && address.to_v4() == 0xffff'ffffU;
}

}  // namespace

std::string pace_text(const replay::Pace& pace) {
    std::string text;
    if (pace.speed > 0) {
        text = pace.speed == 1 ? std::string("paced as in the capture")
                               : fmt::format("paced as in the capture, times {:g}", pace.speed);
    }
    if (pace.rate > 0) {
        if (!text.empty()) text += ", ";
        text += fmt::format("at most {} a second", grouped(static_cast<std::uint64_t>(pace.rate)));
    }
    return text.empty() ? "as fast as answers come" : text;
}

Result<ReplayTarget> replay_target(const std::string& typed, Via transport) {
    const auto parsed = sys::HostPort::parse(typed, row_of(transport).port);
    if (!parsed || parsed->host.empty() || parsed->port == 0)
        return fail(ErrorKind::Usage,
                    fmt::format("'{}' is no server: HOST, HOST:PORT or [ADDRESS]:PORT", typed));
    const auto address = sys::resolve_host(parsed->host, parsed->port);
    if (!address) return std::unexpected(address.error());
    ReplayTarget target;
    target.endpoint = from_socket_address(address->storage);
    target.host = parsed->host;
    const IpAddress& ip = target.endpoint.address;
    if (ip.is_multicast() || is_broadcast(ip) || ip.is_unspecified())
        return fail(ErrorKind::Usage,
                    fmt::format("{} is not the address of one server; questions are sent to one "
                                "host, never to a group or a whole network",
                                ip.to_text()));
    target.text = ip.to_text() == parsed->host
                      ? target.endpoint.to_text()
                      : fmt::format("{} ({})", parsed->host, target.endpoint.to_text());
    return target;
}

Result<ReplayOptions> replay_options(const Arguments& arguments) {
    ReplayOptions options;
    replay::ReplaySettings& settings = options.settings;
    if (const std::string* const text = arguments.get("transport")) {
        for (const ViaRow& row : kVias) {
            if (row.name == *text) settings.via = row.via;
        }
    }
    VEDETTE_TRY(set_pace(arguments, settings.pace));
    VEDETTE_TRY(set_patience(arguments, settings));
    unsigned in_flight = settings.in_flight;
    VEDETTE_TRY(set_number(arguments, "in-flight", replay::kMostInFlight, in_flight));
    settings.in_flight = in_flight;
    VEDETTE_TRY(set_number(arguments, "connections", 256, settings.connections));
    if (arguments.has("connections")) settings.sockets = settings.connections;
    settings.tcp_after_cut = !arguments.has("ignore-cut");
    options.most = arguments.number("most", UINT64_MAX);
    options.any_opcode = arguments.has("any-opcode");
    options.compare = arguments.has("compare");
    settings.compare = options.compare;
    settings.keep_answers = arguments.has("compare-server");
    const bool tls_flags =
        arguments.has("tls-name") || arguments.has("tls-ca") || arguments.has("tls-unchecked");
    if (tls_flags && settings.via != Via::Tls)
        return fail(ErrorKind::Usage,
                    "--tls-name, --tls-ca and --tls-unchecked need "
                    "--transport tls");
    if (options.compare && settings.keep_answers)
        return fail(ErrorKind::Usage,
                    "--compare and --compare-server exclude each other: with what to compare?");
    return options;
}

Result<void> aim(replay::ReplaySettings& settings, const ReplayTarget& target,
                 const Arguments& arguments) {
    settings.server.length = to_socket_address(target.endpoint, settings.server.storage);
    settings.where = target.text;
    if (settings.via != Via::Tls) return {};
    sys::TlsClientOptions options;
    if (const std::string* const file = arguments.get("tls-ca")) options.authorities = *file;
    if (arguments.has("tls-unchecked")) options.check = sys::ServerCheck::Unchecked;
    options.alpn = kDotProtocol;
    auto client = sys::TlsClient::load(options);
    if (!client) return std::unexpected(std::move(client).error());
    const std::string* const named = arguments.get("tls-name");
    settings.wrap = [tls = std::move(*client), name = named != nullptr ? *named : target.host](
                        int socket) { return tls->connect(socket, name); };
    return {};
}

}  // namespace vedette::app
