// The log server's loop: one thread, one epoll set, every connection of sensors and of dnstap
// producers. It owns every budget: how many connections, how many of strangers, how long each may
// take and how much may wait for it. The loop never blocks on a peer; when storing is slower than
// the network, it reads no more and the peers wait.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "service/collector/server/sensor_session.hpp"
#include "sys/net/sockets.hpp"
#include "sys/net/tls.hpp"

namespace vedette::collector {

enum class Speaks : std::uint8_t { Sensors, Dnstap };

struct Listener {
    sys::Descriptor socket;
    Speaks speaks = Speaks::Sensors;
    Proof proof = Proof::Needed;
    std::shared_ptr<sys::TlsContext> tls;  ///< none: plain
};

struct ServerLimits {
    std::uint32_t connections = 1'024;
    std::uint32_t strangers = 256;  ///< who has not said who it is; the oldest gives way
    Duration stranger_patience = Duration::seconds(10);
    std::size_t unsent_bytes = 256U << 10U;  ///< that may wait for a peer that does not read
};

class Server {
  public:
    /// `intake` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(std::vector<Listener> listeners,
                                                               const ServerLimits& limits,
                                                               Intake& intake);
    class Key {
        friend class Server;
        Key() = default;
    };
    Server(Key, std::vector<Listener> listeners, const ServerLimits& limits, Intake& intake);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Any thread: something was stored, or it is time to end.
    void wake() noexcept;
    /// Closes every connection and ends the thread.
    void stop();
    [[nodiscard]] CollectorCounters counters() const;
    /// Why the loop ended by itself; empty while it runs.
    [[nodiscard]] bool running() const noexcept { return running_.load(std::memory_order_relaxed); }

  private:
    struct Connection;

    void run();
    void handle(std::uint64_t tag, std::uint32_t events);
    void accept_all(Listener& listener);
    void admit(Listener& listener, sys::Descriptor socket);
    void drop_oldest_stranger();
    void serve(Connection& connection);
    enum class Read : std::uint8_t { More, Later, Over };
    [[nodiscard]] Read read_some(Connection& connection);
    [[nodiscard]] bool obey(Connection& connection, Session::Verdict verdict);
    [[nodiscard]] bool write_out(Connection& connection);
    void watch(Connection& connection);
    void tick_all();
    [[nodiscard]] bool tick(Connection& connection);
    [[nodiscard]] bool is_late(const Connection& connection) const;
    void drop(int descriptor);

    std::vector<Listener> listeners_;
    const ServerLimits limits_;
    Intake& intake_;
    sys::Descriptor epoll_;
    sys::Descriptor wake_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
    std::size_t stalled_ = 0;  // connections whose session found no room
    Timestamp now_;
    Timestamp ticked_;
    std::vector<std::uint8_t> read_buffer_;
    mutable std::mutex mutex_;
    CollectorCounters published_;  // guarded by mutex_
    std::atomic<bool> stopping_{false};
    std::atomic<bool> running_{false};
    std::thread thread_;
};

}  // namespace vedette::collector
