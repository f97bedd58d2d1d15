// One epoll loop that serves connections: TCP, DoT, DoH. It owns every budget of its connections:
// how many, how many per client, how long they may idle, how long a message may take to arrive, how
// much may wait to be sent. The loop never blocks on a client.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

#include "service/dnsd/net/session.hpp"
#include "service/dnsd/net/snapshot_cell.hpp"
#include "service/dnsd/net/socket_supply.hpp"
#include "sys/net/tls.hpp"

namespace vedette::dnsd {

struct StreamLimits {
    std::uint32_t connections = 4'096;  ///< per worker
    std::uint32_t connections_per_client = 64;
    std::uint32_t idle_seconds = 10;    ///< RFC 7766 6.2.3: a few seconds
    std::uint32_t message_seconds = 5;  ///< for a message, a handshake, or a stalled write
    /// For connections that are open when another process has taken over.
    std::uint32_t handed_over_seconds = 10;
};

/// One listening socket and what is spoken on it.
struct StreamListener {
    sys::Descriptor socket;
    Endpoint endpoint;
    SocketUse use = SocketUse::Dns;        ///< Dns, Dot or Doh
    std::shared_ptr<sys::TlsContext> tls;  ///< none: plain
};

class StreamWorker final : private StreamAnswerer {
  public:
    /// `observer` may be null.
    [[nodiscard]] static Result<std::unique_ptr<StreamWorker>> make(
        std::vector<StreamListener> listeners, const StreamLimits& limits, SnapshotCell& snapshots,
        ExchangeObserver* observer);
    class Key {
        friend class StreamWorker;
        Key() = default;
    };
    StreamWorker(Key, std::vector<StreamListener> listeners, const StreamLimits& limits,
                 SnapshotCell& snapshots, ExchangeObserver* observer);
    ~StreamWorker() override;
    StreamWorker(const StreamWorker&) = delete;
    StreamWorker& operator=(const StreamWorker&) = delete;

    void start();
    /// Accepts no more connections, serves those that are there, and ends: soon when nobody takes
    /// over, else when the last one is closed or its time is over.
    void stop(Ending ending) noexcept { asked_.store(ending, std::memory_order_release); }
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
    void join();
    [[nodiscard]] const std::vector<StreamListener>& listeners() const noexcept {
        return listeners_;
    }
    [[nodiscard]] const ServerCounters& counters() const noexcept { return counters_; }

  private:
    struct Connection;

    ByteView answer(ByteView query, Transport transport, const Endpoint& client) noexcept override;
    std::unique_ptr<ZoneTransfer> transfer(const Endpoint& client) override;
    std::uint64_t now() const noexcept override {
        return static_cast<std::uint64_t>(now_.whole_seconds());
    }
    void run();
    void serve_events(std::span<const epoll_event> events);
    void begin_leaving(Ending ending);
    [[nodiscard]] bool may_leave() const noexcept;
    void accept_from(StreamListener& listener);
    [[nodiscard]] bool admit(const Endpoint& client);
    void serve(Connection& connection);
    void start_session(Connection& connection);
    [[nodiscard]] bool read_some(Connection& connection);
    [[nodiscard]] bool flush(Connection& connection);
    [[nodiscard]] bool write_out(Connection& connection);
    void watch(Connection& connection);
    void drop(Connection& connection);
    void drop_late(Timestamp now);

    std::vector<StreamListener> listeners_;
    StreamLimits limits_;
    SnapshotCell& snapshots_;
    ExchangeObserver* observer_;
    sys::Descriptor epoll_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
    std::unordered_map<IpAddress, std::uint32_t, IpHash> per_client_;
    const Snapshot* snapshot_ = nullptr;  // during a round of events
    const Connection* served_ = nullptr;  // whose message is being answered
    Timestamp now_;
    Responder responder_;
    std::vector<std::uint8_t> read_buffer_;
    std::vector<std::uint8_t> answer_buffer_;
    ServerCounters counters_;
    std::atomic<std::optional<Ending>> asked_{std::nullopt};
    std::atomic<bool> stopped_{false};
    std::optional<Ending> leaving_;
    Timestamp leave_by_;
    std::thread thread_;
};

}  // namespace vedette::dnsd
