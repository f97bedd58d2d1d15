#include "app/collect/forward_setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "app/context/version.hpp"
#include "app/watch/summary.hpp"
#include "service/collector/server/tokens.hpp"

namespace vedette::app {
namespace {

/// The host's name as a sensor may be called.
std::string host_name() {
    std::array<char, 256> buffer{};
    if (gethostname(buffer.data(), buffer.size() - 1) != 0) return "sensor";
    std::string name;
    for (const char c : std::string_view(buffer.data())) {
        if (collector::is_sensor_name(std::string_view(&c, 1)) && name.size() < 64) name += c;
    }
    return name.empty() ? "sensor" : name;
}

std::string spool_folder(const Context& context) {
    const std::string& folder = context.settings().forward_spool;
    if (!folder.empty()) return folder;
    return (std::filesystem::path(context.store_path()).parent_path() / "spool").string();
}

Result<std::shared_ptr<sys::TlsClient>> load_tls(const config::Settings& settings) {
    const bool has_certificate = !settings.forward_certificate.empty();
    if (has_certificate != !settings.forward_key.empty())
        return fail(ErrorKind::InvalidSettings,
                    "forward.certificate and forward.key go together: set both or none");
    return sys::TlsClient::load({.authorities = settings.forward_ca,
                                 .certificate = settings.forward_certificate,
                                 .key = settings.forward_key,
                                 .least = sys::TlsVersion::Tls13});
}

}  // namespace

Result<LinkAddress> parse_link_address(std::string_view setting, const std::string& text,
                                       std::uint16_t default_port) {
    LinkAddress address;
    std::string_view rest = text;
    if (rest.starts_with("tcp://")) {
        address.tls = false;
        rest.remove_prefix(6);
    } else if (rest.starts_with("tls://")) {
        rest.remove_prefix(6);
    }
    const auto host = sys::HostPort::parse(rest, default_port);
    if (!host)
        return fail(
            ErrorKind::InvalidSettings,
            fmt::format("{}: '{}' is no tls://HOST:PORT or tcp://HOST:PORT", setting, text));
    address.host = *host;
    return address;
}

Result<std::unique_ptr<collector::Forwarder>> open_forwarder(const Context& context,
                                                             collector::Forwarder::Say say) {
    const config::Settings& settings = context.settings();
    if (settings.forward_server.empty()) return nullptr;
    const auto address = parse_link_address("forward.server", settings.forward_server, kSensorPort);
    if (!address) return std::unexpected(address.error());
    if (!address->tls && !address->host.is_loopback() && !settings.forward_insecure)
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("forward.server: tcp://{} would send who asked for what in the "
                                "clear; use tls://, or set forward.insecure",
                                address->host.to_text()));
    collector::ForwardSettings link;
    link.server = address->host;
    link.version = std::string(version());
    link.name = settings.forward_name.empty() ? host_name() : settings.forward_name;
    if (address->tls) {
        auto tls = load_tls(settings);
        if (!tls) return std::unexpected(std::move(tls).error());
        link.tls = std::move(*tls);
    }
    if (!settings.forward_token.empty()) {
        auto token = collector::read_secret(settings.forward_token);
        if (!token) return fail(std::move(token).error(), "forward.token");
        link.token = std::move(*token);
    }
    const std::string folder = spool_folder(context);
    std::error_code ignored;  // opening the spool tells it better
    std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), ignored);
    auto spool = collector::Spool::open(
        folder, {.bytes = settings.forward_spool_size.bytes, .file_bytes = 4U << 20U});
    if (!spool) return std::unexpected(std::move(spool).error());
    return std::make_unique<collector::Forwarder>(std::move(link), std::move(*spool),
                                                  std::move(say));
}

Result<std::unique_ptr<store::DnstapSink>> open_dnstap(const Context& context,
                                                       store::DnstapRole role) {
    const config::Settings& settings = context.settings();
    if (settings.dnstap_output.empty()) return nullptr;
    const std::string identity =
        settings.dnstap_identity.empty() ? host_name() : settings.dnstap_identity;
    auto sink = store::DnstapSink::open(settings.dnstap_output,
                                        {identity, fmt::format("vedette {}", version()), role});
    if (!sink) return fail(std::move(sink).error(), "dnstap.output");
    return sink;
}

std::string forward_text(const collector::ForwardStatus& status) {
    const collector::SpoolState& spool = status.spool;
    std::string text =
        fmt::format("forwarded: {} batches sent, all stored", grouped(status.sent_batches));
    const std::uint64_t waiting = spool.next_sequence - 1 - spool.acknowledged;
    if (waiting != 0)
        text = fmt::format(
            "forwarded: {} batches sent; {} wait in the spool and go with the next "
            "run",
            grouped(status.sent_batches), grouped(waiting));
    if (status.spoiled_batches != 0)
        text += fmt::format("; {} that the server could not read", grouped(status.spoiled_batches));
    if (!status.trouble.empty()) text += "; " + status.trouble;
    return text;
}

}  // namespace vedette::app
