// AF_XDP sockets and the thread that serves them: frames with questions in, frames with answers
// out, without the kernel's network stack in between. No heap, no lock and no clock call per
// question. The counterpart of UdpWorker; answers come from the same code.
#pragma once

#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

#include "service/dnsd/net/datagram_answerer.hpp"
#include "service/dnsd/net/snapshot_cell.hpp"
#include "service/dnsd/net/udp_frame.hpp"
#include "sys/xdp/xdp_socket.hpp"

namespace vedette::dnsd {

class XdpWorker {
  public:
    /// A socket with the MTU of its interface, which answers must fit.
    struct Source {
        sys::XdpSocket socket;
        std::size_t mtu = 1'500;
        std::size_t interface = 0;  ///< its place in the list of the caller
        bool left = false;          ///< to a successor
    };
    /// `observer` may be null. The cell and the observer must outlive the worker.
    XdpWorker(std::vector<Source> sources, const RateLimits& limits, SnapshotCell& snapshots,
              ExchangeObserver* observer);
    ~XdpWorker();
    XdpWorker(const XdpWorker&) = delete;
    XdpWorker& operator=(const XdpWorker&) = delete;

    void start();
    /// Leaves what a successor has claimed to it, when it is handed over; answers what has been
    /// received by other sockets, and ends. Nothing may be diverted to those any more.
    void stop(Ending ending) noexcept {
        if (ending == Ending::HandedOver) hands_over_.store(true, std::memory_order_relaxed);
        stopping_.store(true, std::memory_order_release);
    }
    /// Whether the process before has not left every socket yet.
    [[nodiscard]] bool waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
    /// Whether a successor wants every socket of that interface.
    [[nodiscard]] bool claimed_by_next(std::size_t interface) const noexcept;
    [[nodiscard]] const std::vector<Source>& sources() const noexcept { return sources_; }
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
    void join();
    [[nodiscard]] const ServerCounters& counters() const noexcept { return answerer_.counters(); }

  private:
    void run();
    void take_over();
    void hand_over();
    [[nodiscard]] bool serve_all(SnapshotCell::Reader& reader);
    void answer_frames(Source& source, std::span<const ByteView> frames, const Snapshot& snapshot);
    void answer_one(Source& source, ByteView frame, const Snapshot& snapshot, Timestamp now);

    std::vector<Source> sources_;
    std::vector<pollfd> waits_;
    SnapshotCell& snapshots_;
    DatagramAnswerer answerer_;
    std::atomic<bool> waiting_{false};
    std::atomic<bool> hands_over_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

}  // namespace vedette::dnsd
