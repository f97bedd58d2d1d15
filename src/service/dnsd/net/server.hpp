// The running server: its sockets and the threads on them. What it answers comes through the
// snapshot cell; starting and stopping are for one thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/dnsd/net/quic_worker.hpp"
#include "service/dnsd/net/socket_supply.hpp"
#include "service/dnsd/net/stream_worker.hpp"
#include "service/dnsd/net/udp_worker.hpp"
#include "service/dnsd/net/xdp_path.hpp"

namespace vedette::dnsd {

struct ServerSettings {
    std::vector<Endpoint> dns;     ///< UDP and TCP
    std::vector<Endpoint> tls;     ///< DoT
    std::vector<Endpoint> https;   ///< DoH
    std::vector<Endpoint> quic;    ///< DoQ
    std::vector<std::string> xdp;  ///< interfaces whose datagrams come by AF_XDP as well
    std::string certificate;       ///< PEM chain, for tls and https
    std::string key;               ///< PEM
    unsigned threads = 1;          ///< of each kind
    StreamLimits stream_limits;
    RateLimits rate_limits;  ///< of datagrams
};

/// The sums over all threads.
struct ServerTotals {
    std::uint64_t queries = 0, answers = 0, dropped = 0, truncated = 0, rate_limited = 0;
    std::uint64_t send_failures = 0, connections = 0, refused_connections = 0;
    std::uint64_t xdp_queries = 0;  ///< of the queries, those that came by AF_XDP
    std::array<std::uint64_t, 17> rcodes{};
};

/// An open socket of the server, borrowed.
struct ServedSocket {
    SocketUse use = SocketUse::Datagrams;
    int socket = -1;
};

class Server {
  public:
    /// Gives each worker thread its observer; may return null. Called on the caller's thread when
    /// every socket is open and every certificate read, before threads start: the place to give up
    /// privileges. An error ends the start.
    using ObserverSource = std::function<Result<ExchangeObserver*>()>;

    /// Takes its sockets from `supply`, asks for observers, then starts every thread. With port 0
    /// the UDP socket's port is used for TCP as well, and dns_endpoints() tells it.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(
        const ServerSettings& settings, SnapshotCell& snapshots, const ObserverSource& observers,
        SocketSupply supply = SocketSupply());
    class Key {
        friend class Server;
        Key() = default;
    };
    explicit Server(Key) {}
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Asks every thread to end as `ending` says, and returns at once.
    void begin_stop(Ending ending);
    /// Whether every thread has ended.
    [[nodiscard]] bool stopped() const noexcept;
    /// Ends every thread; answers what has arrived.
    void stop();
    [[nodiscard]] SocketSupply::Places places() const noexcept { return places_; }
    /// Every socket, for a successor to serve.
    [[nodiscard]] std::vector<ServedSocket> sockets() const;
    /// The same of AF_XDP.
    [[nodiscard]] std::vector<sys::XdpPart> xdp_parts() const { return xdp_.parts(); }
    /// For a successor: by it come packets of QUIC connections that stay here. Not open when
    /// nothing speaks QUIC. Its sockets must be passed on as well.
    [[nodiscard]] Result<sys::Descriptor> make_quic_relay();
    /// Reads certificates and keys again; what is in use stays when they are wrong.
    [[nodiscard]] Result<void> reload_certificates();
    [[nodiscard]] ServerTotals totals() const;
    /// Now and then: follows changes of this machine's addresses. Lines for a person.
    [[nodiscard]] std::vector<std::string> refresh(Timestamp now) { return xdp_.refresh(now); }
    /// What a person should know about the start, a line each.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return xdp_.notes(); }
    [[nodiscard]] const std::vector<Endpoint>& dns_endpoints() const noexcept { return dns_; }
    [[nodiscard]] const std::vector<Endpoint>& tls_endpoints() const noexcept { return tls_; }
    [[nodiscard]] const std::vector<Endpoint>& https_endpoints() const noexcept { return https_; }
    [[nodiscard]] const std::vector<Endpoint>& quic_endpoints() const noexcept {
        return quic_places_;
    }

  private:
    /// Opened, not yet served.
    struct Sockets {
        std::vector<sys::Descriptor> udp;
        std::vector<sys::Descriptor> quic;
        sys::Descriptor quic_relay;  ///< from a predecessor
        std::shared_ptr<QuicCredentials> quic_credentials;
        std::vector<std::vector<StreamListener>> streams;  ///< by worker
    };
    [[nodiscard]] Result<void> open_sockets(const ServerSettings& settings, SocketSupply& supply,
                                            Sockets& sockets);
    [[nodiscard]] Result<void> open_streams(const ServerSettings& settings, SocketSupply& supply,
                                            std::vector<Endpoint>& tcp, Sockets& sockets);
    [[nodiscard]] Result<std::shared_ptr<sys::TlsContext>> load_tls(const ServerSettings& settings,
                                                                    std::string_view protocols);
    [[nodiscard]] Result<void> add_workers(const ServerSettings& settings, SnapshotCell& snapshots,
                                           Sockets sockets, const ObserverSource& observers);

    SocketSupply::Places places_ = SocketSupply::Places::OfSettings;
    std::vector<Endpoint> dns_;
    std::vector<Endpoint> tls_;
    std::vector<Endpoint> https_;
    std::vector<Endpoint> quic_places_;
    std::string certificate_;
    std::string key_;
    std::vector<std::shared_ptr<sys::TlsContext>> contexts_;
    std::vector<std::unique_ptr<UdpWorker>> udp_;
    std::vector<std::unique_ptr<StreamWorker>> streams_;
    std::unique_ptr<QuicWorker> quic_;  // null when nothing listens
    XdpPath xdp_;
};

}  // namespace vedette::dnsd
