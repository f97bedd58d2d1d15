#include "app/serve/serve_settings.hpp"

#include <fmt/format.h>

#include "app/serve/endpoint_list.hpp"
#include "render/name_text.hpp"

namespace vedette::app {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kDotPort = 853;
constexpr std::uint16_t kHttpsPort = 443;

std::unexpected<Error> wrong(std::string_view setting, std::string_view value,
                             std::string_view what) {
    return fail(ErrorKind::InvalidSettings, fmt::format("{}: '{}' is no {}", setting, value, what));
}

Result<void> set_listeners(const config::Settings& settings, dnsd::ServerSettings& out) {
    auto dns = parse_endpoints("serve.listen", settings.serve_listen, kDnsPort);
    auto tls = parse_endpoints("serve.tls_listen", settings.serve_tls_listen, kDotPort);
    auto https = parse_endpoints("serve.https_listen", settings.serve_https_listen, kHttpsPort);
    if (!dns) return std::unexpected(std::move(dns.error()));
    if (!tls) return std::unexpected(std::move(tls.error()));
    if (!https) return std::unexpected(std::move(https.error()));
    out.dns = std::move(*dns);
    out.tls = std::move(*tls);
    out.https = std::move(*https);
    const bool encrypted = !out.tls.empty() || !out.https.empty();
    if (encrypted && (settings.serve_certificate.empty() || settings.serve_key.empty()))
        return fail(ErrorKind::InvalidSettings,
                    "serve.certificate and serve.key are needed for TLS and HTTPS");
    out.xdp = settings.serve_xdp;
    out.certificate = settings.serve_certificate;
    out.key = settings.serve_key;
    out.threads = static_cast<unsigned>(settings.serve_threads);
    out.rate_limits.answers_per_second =
        static_cast<std::uint32_t>(settings.serve_answers_per_second);
    out.rate_limits.queries_per_second =
        static_cast<std::uint32_t>(settings.serve_queries_per_second);
    return {};
}

Result<void> set_answers(const config::Settings& settings, dnsd::AnswerSettings& out) {
    out.udp_payload = static_cast<std::uint16_t>(settings.serve_udp_size);
    out.nsid = settings.serve_nsid;
    out.chaos_id = settings.serve_nsid;
    out.chaos_version = settings.serve_version;
    for (const std::string& text : settings.serve_unknown) {
        const auto address = IpAddress::parse(text);
        if (!address) return wrong("serve.unknown", text, "address");
        out.unknown.push_back(*address);
    }
    for (const std::string& text : settings.serve_transfer_to) {
        const auto prefix = Prefix::parse(text);
        if (!prefix) return wrong("serve.transfer_to", text, "address or prefix");
        out.transfer_to.push_back(*prefix);
    }
    for (const std::string& text : settings.serve_tsig_keys) {
        auto key = dnsd::TsigKey::parse(text);
        if (!key) return fail(std::move(key.error()), "serve.tsig_keys");
        out.tsig_keys.push_back(std::move(*key));
    }
    return {};
}

Result<dnsd::ZoneFile> zone_file(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return wrong("serve.zones", text, "APEX=FILE");
    auto apex = render::parse_name(text.substr(0, equals));
    if (!apex) return fail(std::move(apex.error()), "serve.zones");
    return dnsd::ZoneFile{*apex, text.substr(equals + 1)};
}

}  // namespace

Result<dnsd::NameServiceSettings> name_service_settings(const config::Settings& settings,
                                                        std::string records) {
    dnsd::NameServiceSettings out;
    VEDETTE_TRY(set_listeners(settings, out.server));
    VEDETTE_TRY(set_answers(settings, out.answers));
    for (const std::string& text : settings.serve_zones) {
        auto file = zone_file(text);
        if (!file) return std::unexpected(std::move(file.error()));
        out.zones.push_back(std::move(*file));
    }
    auto notify = parse_endpoints("serve.notify", settings.serve_notify, kDnsPort);
    if (!notify) return std::unexpected(std::move(notify.error()));
    out.notify = std::move(*notify);
    out.records = std::move(records);
    return out;
}

}  // namespace vedette::app
