#include "service/dnsd/net/server.hpp"

#include <algorithm>
#include <iterator>

namespace vedette::dnsd {
namespace {

constexpr std::string_view kDotProtocols{"\3dot"};            // RFC 7858, RFC 7301
constexpr std::string_view kDohProtocols{"\2h2\10http/1.1"};  // RFC 9113, RFC 9112

void add_totals(ServerTotals& sum, const ServerCounters& counters) {
    const auto value = [](const std::atomic<std::uint64_t>& counter) {
        return counter.load(std::memory_order_relaxed);
    };
    sum.queries += value(counters.queries);
    sum.answers += value(counters.answers);
    sum.dropped += value(counters.dropped);
    sum.truncated += value(counters.truncated);
    sum.rate_limited += value(counters.rate_limited);
    sum.send_failures += value(counters.send_failures);
    sum.connections += value(counters.connections);
    sum.refused_connections += value(counters.refused_connections);
    for (std::size_t i = 0; i < sum.rcodes.size(); ++i)
        sum.rcodes[i] += value(counters.rcodes[i]);
}

/// The port that the kernel chose for datagrams may be taken for streams.
constexpr int kPortChoices = 16;
bool may_choose_again(const ServerSettings& settings, const Error& error) {
    return error.kind == ErrorKind::Busy &&
           std::ranges::any_of(settings.dns, [](const Endpoint& place) { return place.port == 0; });
}

Result<void> needs_certificate(const ServerSettings& settings) {
    if (!settings.certificate.empty() && !settings.key.empty()) return {};
    return fail(ErrorKind::InvalidSettings,
                "serve.certificate and serve.key are needed for TLS, HTTPS and QUIC");
}

/// A listener for each worker and endpoint, and what came beyond that dealt out.
Result<void> add_listeners(SocketSupply& supply, SocketUse use, std::vector<Endpoint>& endpoints,
                           const std::shared_ptr<sys::TlsContext>& tls,
                           std::vector<std::vector<StreamListener>>& workers) {
    for (Endpoint& endpoint : endpoints) {
        auto sockets = supply.take(use, endpoint, static_cast<unsigned>(workers.size()));
        if (!sockets) return std::unexpected(std::move(sockets.error()));
        for (std::size_t i = 0; i < sockets->size(); ++i)
            workers[i % workers.size()].push_back({std::move((*sockets)[i]), endpoint, use, tls});
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerSettings& settings,
                                              SnapshotCell& snapshots,
                                              const ObserverSource& observers,
                                              SocketSupply supply) {
    auto server = std::make_unique<Server>(Server::Key());
    Sockets sockets;
    auto opened = server->open_sockets(settings, supply, sockets);
    for (int i = 1; i < kPortChoices && !opened && may_choose_again(settings, opened.error());
         ++i) {
        sockets = {};
        opened = server->open_sockets(settings, supply, sockets);
    }
    if (!opened) return std::unexpected(std::move(opened.error()));
    VEDETTE_TRY(server->add_workers(settings, snapshots, std::move(sockets), observers));
    server->xdp_.start();
    if (server->quic_) server->quic_->start();
    for (const auto& worker : server->udp_)
        worker->start();
    for (const auto& worker : server->streams_)
        worker->start();
    return server;
}

Result<void> Server::open_sockets(const ServerSettings& settings, SocketSupply& supply,
                                  Sockets& sockets) {
    contexts_.clear();
    places_ = supply.places();
    const bool given = places_ == SocketSupply::Places::OfSupply;
    dns_ = given ? supply.endpoints(SocketUse::Datagrams) : settings.dns;
    tls_ = given ? supply.endpoints(SocketUse::Dot) : settings.tls;
    https_ = given ? supply.endpoints(SocketUse::Doh) : settings.https;
    quic_places_ = given ? supply.endpoints(SocketUse::Doq) : settings.quic;
    certificate_ = settings.certificate;
    key_ = settings.key;
    std::vector<Endpoint> tcp = given ? supply.endpoints(SocketUse::Dns) : std::vector<Endpoint>{};
    for (Endpoint& endpoint : dns_) {
        auto taken = supply.take(SocketUse::Datagrams, endpoint, settings.threads);
        if (!taken) return std::unexpected(std::move(taken.error()));
        std::ranges::move(*taken, std::back_inserter(sockets.udp));
    }
    if (!quic_places_.empty()) {
        VEDETTE_TRY(needs_certificate(settings));
        auto credentials = QuicCredentials::load(certificate_, key_);
        if (!credentials) return std::unexpected(std::move(credentials.error()));
        sockets.quic_credentials = std::move(*credentials);
    }
    for (Endpoint& endpoint : quic_places_) {
        auto taken = supply.take(SocketUse::Doq, endpoint, 1);
        if (!taken) return std::unexpected(std::move(taken.error()));
        std::ranges::move(*taken, std::back_inserter(sockets.quic));
    }
    sockets.quic_relay = supply.take_quic_relay();
    const std::vector<Endpoint> datagram_places = dns_;
    if (!given) tcp = dns_;
    VEDETTE_TRY(open_streams(settings, supply, tcp, sockets));
    for (const Endpoint& endpoint : tcp) {
        if (std::ranges::find(dns_, endpoint) == dns_.end()) dns_.push_back(endpoint);
    }
    xdp_.open(settings.xdp, datagram_places, supply.xdp());
    return {};
}

Result<std::shared_ptr<sys::TlsContext>> Server::load_tls(const ServerSettings& settings,
                                                          std::string_view protocols) {
    VEDETTE_TRY(needs_certificate(settings));
    auto context = sys::TlsContext::load({.certificate = settings.certificate,
                                          .key = settings.key,
                                          .alpn = std::string(protocols),
                                          .reading = sys::TlsReading::Ahead});
    if (context) contexts_.push_back(*context);
    return context;
}

Result<void> Server::open_streams(const ServerSettings& settings, SocketSupply& supply,
                                  std::vector<Endpoint>& tcp, Sockets& sockets) {
    std::shared_ptr<sys::TlsContext> dot;
    std::shared_ptr<sys::TlsContext> doh;
    if (!tls_.empty()) {
        auto context = load_tls(settings, kDotProtocols);
        if (!context) return std::unexpected(std::move(context.error()));
        dot = std::move(*context);
    }
    if (!https_.empty()) {
        auto context = load_tls(settings, kDohProtocols);
        if (!context) return std::unexpected(std::move(context.error()));
        doh = std::move(*context);
    }
    sockets.streams.resize(settings.threads);
    VEDETTE_TRY(add_listeners(supply, SocketUse::Dns, tcp, nullptr, sockets.streams));
    VEDETTE_TRY(add_listeners(supply, SocketUse::Dot, tls_, dot, sockets.streams));
    return add_listeners(supply, SocketUse::Doh, https_, doh, sockets.streams);
}

Result<void> Server::add_workers(const ServerSettings& settings, SnapshotCell& snapshots,
                                 Sockets sockets, const ObserverSource& observers) {
    const auto next_observer = [&]() -> Result<ExchangeObserver*> {
        return observers ? observers() : nullptr;
    };
    for (sys::Descriptor& socket : sockets.udp) {
        const auto observer = next_observer();
        if (!observer) return std::unexpected(observer.error());
        udp_.push_back(std::make_unique<UdpWorker>(std::move(socket), settings.rate_limits,
                                                   snapshots, *observer));
    }
    if (!sockets.quic.empty()) {
        const auto observer = next_observer();
        if (!observer) return std::unexpected(observer.error());
        const StreamLimits& limits = settings.stream_limits;
        quic_ = std::make_unique<QuicWorker>(
            std::move(sockets.quic), std::move(sockets.quic_credentials),
            QuicWorker::Limits{limits.connections,
                               limits.connections_per_client,
                               {limits.idle_seconds, limits.message_seconds},
                               limits.handed_over_seconds},
            snapshots, *observer);
        if (sockets.quic_relay.open()) quic_->follow(std::move(sockets.quic_relay));
    }
    for (std::vector<StreamListener>& listeners : sockets.streams) {
        const auto observer = next_observer();
        if (!observer) return std::unexpected(observer.error());
        auto worker =
            StreamWorker::make(std::move(listeners), settings.stream_limits, snapshots, *observer);
        if (!worker) return std::unexpected(std::move(worker.error()));
        streams_.push_back(std::move(*worker));
    }
    return xdp_.add_workers(settings.threads, settings.rate_limits, snapshots, next_observer);
}

Server::~Server() {
    stop();
}

void Server::begin_stop(Ending ending) {
    xdp_.begin_stop(ending);  // from now on the sockets have everything, or the successor
    if (quic_) quic_->stop(ending);
    for (const auto& worker : udp_)
        worker->stop(ending);
    for (const auto& worker : streams_)
        worker->stop(ending);
}

bool Server::stopped() const noexcept {
    return xdp_.stopped() && (!quic_ || quic_->stopped()) &&
           std::ranges::all_of(udp_, [](const auto& worker) { return worker->stopped(); }) &&
           std::ranges::all_of(streams_, [](const auto& worker) { return worker->stopped(); });
}

void Server::stop() {
    begin_stop(Ending::Last);
    xdp_.join();
    if (quic_) quic_->join();
    for (const auto& worker : udp_)
        worker->join();
    for (const auto& worker : streams_)
        worker->join();
}

std::vector<ServedSocket> Server::sockets() const {
    std::vector<ServedSocket> all;
    for (const auto& worker : udp_)
        all.push_back({SocketUse::Datagrams, worker->socket().get()});
    if (quic_) {
        for (const sys::Descriptor& socket : quic_->sockets())
            all.push_back({SocketUse::Doq, socket.get()});
    }
    for (const auto& worker : streams_) {
        for (const StreamListener& listener : worker->listeners())
            all.push_back({listener.use, listener.socket.get()});
    }
    return all;
}

Result<sys::Descriptor> Server::make_quic_relay() {
    return quic_ ? quic_->make_relay() : sys::Descriptor();
}

Result<void> Server::reload_certificates() {
    for (const auto& context : contexts_)
        VEDETTE_TRY(context->reload());
    if (!quic_) return {};
    auto credentials = QuicCredentials::load(certificate_, key_);
    if (!credentials) return std::unexpected(std::move(credentials.error()));
    quic_->use(std::move(*credentials));
    return {};
}

ServerTotals Server::totals() const {
    ServerTotals sum;
    for (const auto& worker : udp_)
        add_totals(sum, worker->counters());
    for (const auto& worker : streams_)
        add_totals(sum, worker->counters());
    if (quic_) add_totals(sum, quic_->counters());
    for (const auto& worker : xdp_.workers()) {
        add_totals(sum, worker->counters());
        sum.xdp_queries += worker->counters().queries.load(std::memory_order_relaxed);
    }
    return sum;
}

}  // namespace vedette::dnsd
