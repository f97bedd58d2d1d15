#include "sys/capture/live_source.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

#include "sys/capture/filtered_source.hpp"

namespace vedette::sys {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kPollMillis = 100;
constexpr std::chrono::seconds kCheckInterval{1};
/// After stop(): no block may come later than two retirements.
constexpr std::chrono::milliseconds kLastBlock{2 * PacketRing::kRetireMillis + kPollMillis};
constexpr std::size_t kMaxWarnings = 100;

/// What the interface itself lost before the kernel saw it; 0 when it does not say.
std::uint64_t missed_by(const std::string& interface) {
    std::uint64_t sum = 0;
    for (const char* counter : {"rx_missed_errors", "rx_fifo_errors"}) {
        std::uint64_t value = 0;
        std::ifstream(fmt::format("/sys/class/net/{}/statistics/{}", interface, counter)) >> value;
        sum += value;
    }
    return sum;
}

class LiveSource final : public PacketSource {
  public:
    explicit LiveSource(std::vector<PacketRing> rings) : rings_(std::move(rings)) {
        for (const PacketRing& ring : rings_) {
            if (ring.link_type() != 0) interfaces_.add({ring.interface(), ring.link_type()});
            polled_.push_back({ring.descriptor(), POLLIN, 0});
            missed_before_ += missed_by(ring.interface());
        }
    }

    Result<ReadStatus> read(PacketBatch& batch) override {
        batch.clear();
        for (PacketRing& ring : rings_)
            ring.release();
        if (take(batch)) return ReadStatus::Packets;
        const int ready = ::poll(polled_.data(), polled_.size(), kPollMillis);
        look_after_interfaces(ready > 0);
        if (take(batch)) return ReadStatus::Packets;
        if (stopped_ && SteadyClock::now() - stopped_at_ > kLastBlock) return ReadStatus::End;
        return ReadStatus::Idle;
    }

    SourceStatistics statistics() const noexcept override {
        for (const PacketRing& ring : rings_)
            statistics_.kernel_drops += ring.take_drops();
        return statistics_;
    }
    const std::vector<InterfaceInfo>& interfaces() const noexcept override {
        return interfaces_.list();
    }
    bool is_live() const noexcept override { return true; }
    void stop() noexcept override {
        for (PacketRing& ring : rings_)
            ring.stop();
        stopped_ = true;
        stopped_at_ = SteadyClock::now();
    }
    const std::vector<std::string>& warnings() const noexcept override { return warnings_; }

  private:
    /// Fills the batch from one ring, beginning with the one after the last, so that a busy
    /// interface cannot starve another.
    bool take(PacketBatch& batch) {
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            last_ = (last_ + 1) % rings_.size();
            PacketRing& ring = rings_[last_];
            while (ring.read(batch, interfaces_)) {
                if (!batch.packets.empty()) {
                    count(batch);
                    return true;
                }
                ring.release();  // a block of which nothing was wanted
            }
        }
        return false;
    }

    void count(const PacketBatch& batch) noexcept {
        statistics_.packets += batch.packets.size();
        for (const PacketRecord& packet : batch.packets)
            statistics_.bytes += packet.captured;
    }

    void look_after_interfaces(bool ready) {
        const bool error = ready && std::ranges::any_of(polled_, [](const pollfd& polled) {
                               return (polled.revents & (POLLERR | POLLHUP)) != 0;
                           });
        const auto now = SteadyClock::now();
        if (!error && now - checked_at_ < kCheckInterval) return;
        checked_at_ = now;
        std::uint64_t missed = 0;
        for (PacketRing& ring : rings_) {
            std::string changed = ring.check_interface();
            if (!changed.empty() && warnings_.size() < kMaxWarnings) {
                warnings_.push_back(std::move(changed));
            }
            missed += missed_by(ring.interface());
        }
        // An interface that was made again counts from zero.
        if (missed > missed_before_) {
            statistics_.interface_drops += missed - missed_before_;
        }
        missed_before_ = missed;
    }

    std::vector<PacketRing> rings_;
    std::vector<pollfd> polled_;
    InterfaceTable interfaces_;
    std::size_t last_ = 0;
    mutable SourceStatistics statistics_;  // asking the kernel for drops also resets its counter
    std::uint64_t missed_before_ = 0;
    std::vector<std::string> warnings_;
    SteadyClock::time_point checked_at_ = SteadyClock::now();
    SteadyClock::time_point stopped_at_;
    bool stopped_ = false;
};

/// The kernel sees frames without the tag it took out, so it cannot answer questions about VLANs.
bool kernel_can_filter(const std::string& filter, const std::vector<PacketRing>& rings) {
    return filter.find("vlan") == std::string::npos &&
           std::ranges::all_of(rings, &PacketRing::kernel_can_filter);
}

/// Each interface once, in the order given; "any" stands alone, because it has them all.
Result<std::vector<std::string>> distinct(const std::vector<std::string>& names) {
    std::vector<std::string> kept;
    for (const std::string& name : names) {
        if (std::ranges::find(kept, name) == kept.end()) kept.push_back(name);
    }
    if (kept.empty()) return fail(ErrorKind::Usage, "no interface is named");
    if (kept.size() > 1 && std::ranges::find(kept, "any") != kept.end()) {
        return fail(ErrorKind::Usage, "'any' has every interface; name it alone");
    }
    return kept;
}

constexpr std::uint16_t kAnyLink = 1;  // an empty program is the same for every link type

/// Gives every ring its program: the filter where the kernel can run it, and the snap length.
Result<void> attach_filters(const std::string& filter, std::uint32_t snap_bytes,
                            const std::vector<PacketRing>& rings) {
    for (const PacketRing& ring : rings) {
        const Result<BpfFilter> compiled =
            BpfFilter::compile(filter, filter.empty() ? kAnyLink : ring.link_type(), snap_bytes);
        if (!compiled) return std::unexpected(compiled.error());
        VEDETTE_TRY(ring.filter(*compiled));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<PacketSource>> make_live_source(const LiveOptions& options) {
    const Result<std::vector<std::string>> interfaces = distinct(options.interfaces);
    if (!interfaces) return std::unexpected(interfaces.error());
    std::vector<PacketRing> rings;
    for (const std::string& interface : *interfaces) {
        Result<PacketRing> ring =
            PacketRing::open(interface, options.ring_bytes, options.promiscuity);
        if (!ring) return std::unexpected(std::move(ring.error()));
        rings.push_back(std::move(*ring));
    }
    const bool in_kernel = kernel_can_filter(options.filter, rings);
    VEDETTE_TRY(attach_filters(in_kernel ? options.filter : "", options.snap_bytes, rings));
    for (PacketRing& ring : rings)
        VEDETTE_TRY(ring.start());
    std::unique_ptr<PacketSource> source = std::make_unique<LiveSource>(std::move(rings));
    if (in_kernel) return source;
    return make_filtered_source(std::move(source), options.filter);
}

}  // namespace vedette::sys
