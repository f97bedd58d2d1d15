// The thread that serves DNS over QUIC: its sockets, the table of connections by identifier, their
// timers and budgets. The connections themselves know no socket. One worker for all places, so that
// every packet of a connection comes to the same one. When another process takes over, its worker
// reads the sockets alone, and packets of connections that began here come back by a relay.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/published.hpp"
#include "service/dnsd/net/datagram_answerer.hpp"
#include "service/dnsd/net/quic_connection.hpp"
#include "service/dnsd/net/quic_relay.hpp"
#include "service/dnsd/net/snapshot_cell.hpp"

namespace vedette::dnsd {

class QuicWorker final : private QuicHost {
  public:
    struct Limits {
        std::uint32_t connections = 4'096;
        std::uint32_t connections_per_client = 64;
        QuicLimits each;
        std::uint32_t handed_over_seconds = 10;  ///< for connections, once another process serves
    };
    /// `observer` may be null.
    QuicWorker(std::vector<sys::Descriptor> sockets, std::shared_ptr<QuicCredentials> credentials,
               const Limits& limits, SnapshotCell& snapshots, ExchangeObserver* observer);
    ~QuicWorker() override;
    QuicWorker(const QuicWorker&) = delete;
    QuicWorker& operator=(const QuicWorker&) = delete;

    /// Before start(): the sockets are read by another process until it says otherwise by `relay`.
    void follow(sys::Descriptor relay) {
        predecessor_ = QuicRelay(std::move(relay));
        reads_ = false;
    }
    /// The end of a relay for a successor. Before stop().
    [[nodiscard]] Result<sys::Descriptor> make_relay();

    void start();
    /// Tells every client that the connection is over, and ends. Handed over: serves connections to
    /// their end first, when there is a relay for it.
    void stop(Ending ending) noexcept { asked_.store(ending, std::memory_order_release); }
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
    void join();
    /// New connections use these.
    void use(std::shared_ptr<QuicCredentials> credentials) {
        credentials_.store(std::move(credentials));
    }
    [[nodiscard]] const std::vector<sys::Descriptor>& sockets() const noexcept { return sockets_; }
    [[nodiscard]] const ServerCounters& counters() const noexcept { return answerer_.counters(); }

  private:
    ByteView answer(ByteView query, const QuicPath& path) noexcept override;
    void send(ByteView packet, const QuicPath& path) noexcept override;
    void id_added(const QuicId& id, void* connection) override { by_id_[id] = connection; }
    void id_removed(const QuicId& id) override { by_id_.erase(id); }
    ByteView reset_secret() const noexcept override { return reset_secret_; }

    void run();
    void wait();
    [[nodiscard]] bool may_leave();
    void receive_relayed(std::span<std::uint8_t> buffer);
    void take_relayed(const QuicRelay::Message& message);
    void take_unknown(ByteView packet, const QuicPath& path);
    void close_silent();
    [[nodiscard]] std::size_t socket_of(const Endpoint& server) const noexcept;
    void receive_some(std::size_t socket, std::span<std::uint8_t> buffer);
    void take(ByteView packet, const QuicPath& path);
    void begin_connection(ByteView packet, const QuicPath& path);
    [[nodiscard]] bool admit(const Endpoint& client) const;
    [[nodiscard]] bool wants_proof(const Endpoint& client) const;
    void send_if_any(const std::vector<std::uint8_t>& packet, const QuicPath& path) noexcept;
    void forget(QuicConnection& connection);
    void run_timers();

    std::vector<sys::Descriptor> sockets_;
    std::size_t current_ = 0;  // socket whose packets are being read or timed
    Published<QuicCredentials> credentials_;
    Limits limits_;
    SnapshotCell& snapshots_;
    DatagramAnswerer answerer_;
    const Snapshot* snapshot_ = nullptr;  // during a round
    Timestamp wall_;
    QuicTime now_ = 0;
    QuicTime timers_run_ = 0;
    std::array<std::uint8_t, 32> reset_secret_{};
    std::array<std::uint8_t, 32> token_secret_{};
    struct Known {
        std::unique_ptr<QuicConnection> connection;
        std::size_t socket = 0;
        QuicTime active = 0;  ///< last packet
        bool proved = false;
    };
    std::unordered_map<QuicId, void*> by_id_;
    std::unordered_map<void*, Known> connections_;
    std::unordered_map<IpAddress, std::uint32_t, IpHash> per_client_;
    std::size_t unproved_ = 0;  // connections whose client may be anywhere
    std::vector<std::uint8_t> answer_buffer_;
    QuicRelay predecessor_;
    QuicRelay successor_;
    bool reads_ = true;     // the sockets, alone
    bool leaving_ = false;  // another process reads them
    bool left_ = false;     // the successor has been told that nothing is left here
    QuicTime leave_by_ = 0;
    std::atomic<std::optional<Ending>> asked_{std::nullopt};
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

}  // namespace vedette::dnsd
