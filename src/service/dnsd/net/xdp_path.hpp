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
    /// up. Those of `inherited` are taken over instead, and served once the process before has
    /// left them.
    void open(const std::vector<std::string>& interfaces, const std::vector<Endpoint>& places,
              sys::XdpParts& inherited);
    /// What became of each interface, a line each.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
    /// Deals the sockets out to at most `threads` workers; next_observer() gives each its own.
    [[nodiscard]] Result<void> add_workers(
        unsigned threads, const RateLimits& limits, SnapshotCell& snapshots,
        const std::function<Result<ExchangeObserver*>()>& next_observer);
    void start();

    /// Now and then: addresses of this machine that came or went, for places that mean all of them.
    /// What a person should know, a line each.
    [[nodiscard]] std::vector<std::string> refresh(Timestamp now);
    /// For a successor, which may claim them: everything of every interface, borrowed.
    [[nodiscard]] std::vector<sys::XdpPart> parts() const;
    /// What a successor has claimed is left to it. Everything else goes back to the kernel, what is
    /// there is answered, and the threads end.
    void begin_stop(Ending ending) noexcept;
    [[nodiscard]] bool stopped() const noexcept;
    void join();
    [[nodiscard]] const std::vector<std::unique_ptr<XdpWorker>>& workers() const noexcept {
        return workers_;
    }

  private:
    [[nodiscard]] Result<sys::XdpInterface> open_one(const std::string& name,
                                                     sys::XdpParts& inherited);
    [[nodiscard]] Result<sys::XdpInterface> take_over(sys::XdpInheritance inheritance);
    [[nodiscard]] std::vector<std::string> give_up_waiting(Timestamp now);

    std::vector<Endpoint> places_;
    std::vector<std::string> notes_;
    std::vector<sys::XdpInterface> interfaces_;
    std::vector<std::unique_ptr<XdpWorker>> workers_;
    Timestamp refreshed_ = kNever;
    Timestamp waiting_since_ = kNever;  // for the process before
};

}  // namespace vedette::dnsd
