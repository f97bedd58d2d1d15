// One epoll loop that serves connections: TCP, DoT, DoH. It owns every budget of its connections:
// how many, how many per client, how long they may idle, how long a message may take to arrive, how
// much may wait to be sent. The loop never blocks on a client.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "service/dnsd/net/session.hpp"
#include "service/dnsd/net/snapshot_cell.hpp"
#include "sys/net/tls.hpp"

namespace vedette::dnsd {

struct StreamLimits {
    std::uint32_t connections = 4'096;  ///< per worker
    std::uint32_t connections_per_client = 64;
    std::uint32_t idle_seconds = 10;    ///< RFC 7766 6.2.3: a few seconds
    std::uint32_t message_seconds = 5;  ///< for a message, a handshake, or a stalled write
};

/// One listening socket and what is spoken on it.
struct StreamListener {
    sys::Descriptor socket;
    Endpoint endpoint;
    Transport transport = Transport::Tcp;  ///< Tcp, Dot or Doh
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
    void stop() noexcept { stopping_.store(true, std::memory_order_relaxed); }
    void join();
    [[nodiscard]] const ServerCounters& counters() const noexcept { return counters_; }

  private:
    struct Connection;

    ByteView answer(ByteView query, Transport transport, const Endpoint& client) noexcept override;
    std::unique_ptr<ZoneTransfer> transfer(const Endpoint& client) override;
    std::uint64_t now() const noexcept override {
        return static_cast<std::uint64_t>(now_.whole_seconds());
    }
    void run();
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
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::dnsd
