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
    };
    /// `observer` may be null. The cell and the observer must outlive the worker.
    XdpWorker(std::vector<Source> sources, const RateLimits& limits, SnapshotCell& snapshots,
              ExchangeObserver* observer);
    ~XdpWorker();
    XdpWorker(const XdpWorker&) = delete;
    XdpWorker& operator=(const XdpWorker&) = delete;

    void start();
    /// Answers what has been received, and ends. Nothing may be diverted to its sockets any more.
    void stop() noexcept { stopping_.store(true, std::memory_order_release); }
    [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_acquire); }
    void join();
    [[nodiscard]] const ServerCounters& counters() const noexcept { return answerer_.counters(); }

  private:
    void run();
    [[nodiscard]] bool serve_all(SnapshotCell::Reader& reader);
    void answer_frames(Source& source, std::span<const ByteView> frames, const Snapshot& snapshot);
    void answer_one(Source& source, ByteView frame, const Snapshot& snapshot, Timestamp now);

    std::vector<Source> sources_;
    std::vector<pollfd> waits_;
    SnapshotCell& snapshots_;
    DatagramAnswerer answerer_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> stopped_{false};
    std::thread thread_;
};

}  // namespace vedette::dnsd
