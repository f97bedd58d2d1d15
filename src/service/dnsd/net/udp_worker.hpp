// One datagram socket and the thread that serves it: receive a batch, answer it from one snapshot,
// send it. No heap, no lock and no clock call per query. The worker stops within its receive
// timeout after stop(); as the last one of its socket it answers what waits there first.
#pragma once

#include <atomic>
#include <thread>

#include "service/dnsd/net/datagram_answerer.hpp"
#include "service/dnsd/net/snapshot_cell.hpp"
#include "sys/net/datagram_server.hpp"

namespace vedette::dnsd {

class UdpWorker {
  public:
    /// `observer` may be null. The cell and the observer must outlive the worker.
    UdpWorker(sys::Descriptor socket, const RateLimits& limits, SnapshotCell& snapshots,
              ExchangeObserver* observer);
    ~UdpWorker();
    UdpWorker(const UdpWorker&) = delete;
    UdpWorker& operator=(const UdpWorker&) = delete;

    void start();
    void stop(Ending ending) noexcept {
        if (ending == Ending::Last) answers_waiting_.store(true, std::memory_order_relaxed);
        stopping_.store(true, std::memory_order_release);
    }
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
    void join();
    [[nodiscard]] const sys::Descriptor& socket() const noexcept { return server_.socket(); }
    [[nodiscard]] const ServerCounters& counters() const noexcept { return answerer_.counters(); }
    [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

  private:
    void run();
    void answer_waiting(SnapshotCell::Reader& reader);
    void answer_batch(unsigned received, const Snapshot& snapshot);
    void answer_one(unsigned index, const Snapshot& snapshot, Timestamp now);
    void send_batch();

    Endpoint endpoint_;
    sys::DatagramServer server_;
    SnapshotCell& snapshots_;
    DatagramAnswerer answerer_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> answers_waiting_{false};  // before it ends
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

}  // namespace vedette::dnsd
