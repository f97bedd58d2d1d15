// AF_XDP as a second way of datagrams into the server, beside its sockets: the interfaces that the
// operator named, the threads on them, and the addresses that questions may be sent to. What cannot
// be had is told and left to the sockets, which always serve the same places. For one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/dnsd/net/xdp_worker.hpp"
#include "sys/xdp/xdp_interface.hpp"

namespace vedette::dnsd {

class XdpPath {
  public:
    XdpPath() = default;
    ~XdpPath();
    XdpPath(const XdpPath&) = delete;
    XdpPath& operator=(const XdpPath&) = delete;

    /// Opens the interfaces and diverts what is for `places` to them; before privileges are given
    /// up.
    void open(const std::vector<std::string>& interfaces, const std::vector<Endpoint>& places);
    /// What became of each interface, a line each.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
    /// Deals the sockets out to at most `threads` workers; next_observer() gives each its own.
    [[nodiscard]] Result<void> add_workers(
        unsigned threads, const RateLimits& limits, SnapshotCell& snapshots,
        const std::function<Result<ExchangeObserver*>()>& next_observer);
    void start();

    /// Now and then: addresses of this machine that came or went, for places that mean all of them.
    void refresh(Timestamp now);
    /// Gives everything back to the kernel, answers what is there, and ends the threads.
    void begin_stop() noexcept;
    [[nodiscard]] bool stopped() const noexcept;
    void join();
    [[nodiscard]] const std::vector<std::unique_ptr<XdpWorker>>& workers() const noexcept {
        return workers_;
    }

  private:
    [[nodiscard]] Result<sys::XdpInterface> open_one(const std::string& name);

    std::vector<Endpoint> places_;
    std::vector<std::string> notes_;
    std::vector<sys::XdpInterface> interfaces_;
    std::vector<std::unique_ptr<XdpWorker>> workers_;
    Timestamp refreshed_ = kNever;
};

}  // namespace vedette::dnsd
