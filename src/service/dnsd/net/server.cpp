#include "service/dnsd/net/server.hpp"

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

/// Opens a listener per endpoint; an endpoint with port 0 learns its port.
Result<void> add_listeners(std::vector<Endpoint>& endpoints, Transport transport,
                           const std::shared_ptr<sys::TlsContext>& tls,
                           std::vector<StreamListener>& out) {
    for (Endpoint& endpoint : endpoints) {
        auto socket = open_tcp_listener(endpoint);
        if (!socket) return std::unexpected(std::move(socket.error()));
        endpoint = bound_endpoint(*socket);
        out.push_back({std::move(*socket), endpoint, transport, tls});
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const ServerSettings& settings,
                                              SnapshotCell& snapshots,
                                              const ObserverSource& observers) {
    auto server = std::make_unique<Server>(Server::Key());
    server->dns_ = settings.dns;
    server->tls_ = settings.tls;
    server->https_ = settings.https;
    Sockets sockets;
    VEDETTE_TRY(server->open_udp_sockets(settings.threads, sockets));
    VEDETTE_TRY(server->open_streams(settings, sockets));
    VEDETTE_TRY(server->add_workers(settings, snapshots, std::move(sockets), observers));
    for (const auto& worker : server->udp_)
        worker->start();
    for (const auto& worker : server->streams_)
        worker->start();
    return server;
}

Result<void> Server::open_udp_sockets(unsigned threads, Sockets& sockets) {
    for (Endpoint& endpoint : dns_) {
        for (unsigned i = 0; i < threads; ++i) {
            auto socket = open_udp(endpoint);
            if (!socket) return std::unexpected(std::move(socket.error()));
            endpoint = bound_endpoint(*socket);
            sockets.udp.push_back(std::move(*socket));
        }
    }
    return {};
}

Result<void> Server::open_streams(const ServerSettings& settings, Sockets& sockets) {
    std::shared_ptr<sys::TlsContext> dot;
    std::shared_ptr<sys::TlsContext> doh;
    if (!tls_.empty()) {
        auto context = sys::TlsContext::load({.certificate = settings.certificate,
                                              .key = settings.key,
                                              .alpn = std::string(kDotProtocols),
                                              .reading = sys::TlsReading::Ahead});
        if (!context) return std::unexpected(std::move(context.error()));
        contexts_.push_back(dot = std::move(*context));
    }
    if (!https_.empty()) {
        auto context = sys::TlsContext::load({.certificate = settings.certificate,
                                              .key = settings.key,
                                              .alpn = std::string(kDohProtocols),
                                              .reading = sys::TlsReading::Ahead});
        if (!context) return std::unexpected(std::move(context.error()));
        contexts_.push_back(doh = std::move(*context));
    }
    for (unsigned i = 0; i < settings.threads; ++i) {
        std::vector<StreamListener>& listeners = sockets.streams.emplace_back();
        VEDETTE_TRY(add_listeners(dns_, Transport::Tcp, nullptr, listeners));
        VEDETTE_TRY(add_listeners(tls_, Transport::Dot, dot, listeners));
        VEDETTE_TRY(add_listeners(https_, Transport::Doh, doh, listeners));
    }
    return {};
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
    for (std::vector<StreamListener>& listeners : sockets.streams) {
        const auto observer = next_observer();
        if (!observer) return std::unexpected(observer.error());
        auto worker =
            StreamWorker::make(std::move(listeners), settings.stream_limits, snapshots, *observer);
        if (!worker) return std::unexpected(std::move(worker.error()));
        streams_.push_back(std::move(*worker));
    }
    return {};
}

Server::~Server() {
    stop();
}

void Server::stop() {
    for (const auto& worker : udp_)
        worker->stop();
    for (const auto& worker : streams_)
        worker->stop();
    for (const auto& worker : udp_)
        worker->join();
    for (const auto& worker : streams_)
        worker->join();
}

Result<void> Server::reload_certificates() {
    for (const auto& context : contexts_)
        VEDETTE_TRY(context->reload());
    return {};
}

ServerTotals Server::totals() const {
    ServerTotals sum;
    for (const auto& worker : udp_)
        add_totals(sum, worker->counters());
    for (const auto& worker : streams_)
        add_totals(sum, worker->counters());
    return sum;
}

}  // namespace vedette::dnsd
