#include "app/collect/collect_setup.hpp"

#include <fmt/format.h>

#include "app/collect/forward_setup.hpp"

namespace vedette::app {
namespace {

using collector::Listener;
using collector::Proof;
using collector::Speaks;

/// What a listener without any setting is: on this machine only, and believing it.
constexpr const char* kDefaultPlace = "tcp://127.0.0.1";

class Opener {
  public:
    Opener(const config::Settings& settings, CollectSetup& out) : settings_(settings), out_(out) {}

    Result<void> load_tokens() {
        if (settings_.collect_tokens.empty()) return {};
        auto tokens = collector::Tokens::load(settings_.collect_tokens);
        if (!tokens) return fail(std::move(tokens).error(), "collect.tokens");
        out_.tokens = std::make_unique<collector::TokenHolder>(std::move(*tokens));
        return {};
    }

    Result<void> open_sensors(const std::string& text) {
        const auto address = parse_link_address("collect.listen", text, kSensorPort);
        if (!address) return std::unexpected(address.error());
        const Proof proof = !address->tls && !out_.tokens ? Proof::Waived : Proof::Needed;
        return open_network("collect.listen", *address, Speaks::Sensors, proof);
    }

    Result<void> open_dnstap(const std::string& text) {
        if (text.starts_with("unix:")) {
            auto socket = sys::listen_unix(text.substr(5));
            if (!socket) return fail(std::move(socket).error(), "collect.dnstap");
            out_.places.push_back("dnstap on " + text);
            out_.listeners.push_back({std::move(*socket), Speaks::Dnstap, Proof::Waived, nullptr});
            return {};
        }
        const auto address = parse_link_address("collect.dnstap", text, kDnstapPort);
        if (!address) return std::unexpected(address.error());
        return open_network("collect.dnstap", *address, Speaks::Dnstap, Proof::Waived);
    }

  private:
    Result<void> open_network(std::string_view setting, const LinkAddress& address, Speaks speaks,
                              Proof proof) {
        if (!address.tls && !address.host.is_loopback() && !settings_.collect_insecure)
            return fail(ErrorKind::InvalidSettings,
                        fmt::format("{}: tcp://{} would receive in the clear from anybody; use "
                                    "tls://, or set collect.insecure",
                                    setting, address.host.to_text()));
        if (address.tls) VEDETTE_TRY(load_tls());
        auto socket = sys::listen_tcp(address.host);
        if (!socket) return fail(std::move(socket).error(), setting);
        out_.places.push_back(
            fmt::format("{}{}://{}", speaks == Speaks::Dnstap ? "dnstap on " : "sensors on ",
                        address.tls ? "tls" : "tcp", sys::bound_host_port(*socket).to_text()));
        out_.listeners.push_back(
            {std::move(*socket), speaks, proof, address.tls ? out_.tls : nullptr});
        return {};
    }

    Result<void> load_tls() {
        if (out_.tls) return {};
        if (settings_.collect_certificate.empty() || settings_.collect_key.empty())
            return fail(ErrorKind::InvalidSettings,
                        "collect.certificate and collect.key are needed for tls://; `vedette certs "
                        "init` and `vedette certs server NAME` make them");
        if (settings_.collect_client_ca.empty() && !out_.tokens)
            return fail(ErrorKind::InvalidSettings,
                        "collect.client_ca or collect.tokens is needed for tls://: by which "
                        "certificate or token is a sensor known?");
        sys::TlsServerOptions options;
        options.certificate = settings_.collect_certificate;
        options.key = settings_.collect_key;
        options.client_ca = settings_.collect_client_ca;
        options.least = sys::TlsVersion::Tls13;
        if (!options.client_ca.empty())
            options.clients =
                out_.tokens ? sys::ClientCertificate::Optional : sys::ClientCertificate::Required;
        auto context = sys::TlsContext::load(std::move(options));
        if (!context) return std::unexpected(std::move(context).error());
        out_.tls = std::move(*context);
        return {};
    }

    const config::Settings& settings_;
    CollectSetup& out_;
};

}  // namespace

Result<CollectSetup> open_listeners(const config::Settings& settings) {
    CollectSetup setup;
    Opener opener(settings, setup);
    VEDETTE_TRY(opener.load_tokens());
    config::TextList sensors = settings.collect_listen;
    if (sensors.empty() && settings.collect_dnstap.empty()) sensors.emplace_back(kDefaultPlace);
    for (const std::string& place : sensors)
        VEDETTE_TRY(opener.open_sensors(place));
    for (const std::string& place : settings.collect_dnstap)
        VEDETTE_TRY(opener.open_dnstap(place));
    return setup;
}

std::vector<std::string> CollectSetup::reload(const config::Settings& settings) const {
    std::vector<std::string> lines;
    if (tls) {
        const Result<void> done = tls->reload();
        lines.push_back(done ? "Reloaded the certificate and the clients' authority"
                             : "warning: the certificate of before stays: " + done.error().text);
    }
    if (tokens) {
        auto fresh = collector::Tokens::load(settings.collect_tokens);
        lines.push_back(fresh ? "Reloaded the tokens"
                              : "warning: the tokens of before stay: " + fresh.error().text);
        if (fresh) tokens->set(std::move(*fresh));
    }
    if (lines.empty()) lines.emplace_back("Nothing to reload: no certificate and no tokens");
    return lines;
}

}  // namespace vedette::app
