#include "sys/capture/limited_source.hpp"

#include <algorithm>
#include <utility>

namespace vedette::sys {
namespace {

constexpr Timestamp kNotYet{INT64_MIN};

class LimitedSource final : public PacketSource {
  public:
    LimitedSource(std::unique_ptr<PacketSource> inner, SourceLimits limits, const Clock& clock)
        : inner_(std::move(inner)), limits_(limits), clock_(clock) {}

    Result<ReadStatus> read(PacketBatch& batch) override {
        if (ended_) return end(batch);
        if (!stopped_ && is_over()) stop();
        Result<ReadStatus> status = inner_->read(batch);
        if (!status || *status != ReadStatus::Packets) return status;
        cut(batch);
        if (batch.packets.empty()) return end(batch);
        packets_ += batch.packets.size();
        return status;
    }

    SourceStatistics statistics() const noexcept override {
        SourceStatistics statistics = inner_->statistics();
        statistics.packets -= cut_packets_;
        statistics.bytes -= cut_bytes_;
        return statistics;
    }
    const std::vector<InterfaceInfo>& interfaces() const noexcept override {
        return inner_->interfaces();
    }
    bool is_live() const noexcept override { return inner_->is_live(); }
    void stop() noexcept override {
        inner_->stop();
        stopped_ = true;
    }
    const std::vector<std::string>& warnings() const noexcept override {
        return inner_->warnings();
    }

  private:
    /// A live source's time runs although nothing comes. What it holds by then is still read.
    bool is_over() noexcept {
        if (!inner_->is_live() || limits_.duration == Duration{}) return false;
        const Timestamp now = clock_.now();
        if (began_ == kNotYet) began_ = now;
        return now - began_ >= limits_.duration;
    }

    void cut(PacketBatch& batch) noexcept {
        auto end = batch.packets.end();
        if (limits_.packets != 0 && batch.packets.size() > limits_.packets - packets_) {
            end = batch.packets.begin() + static_cast<std::ptrdiff_t>(limits_.packets - packets_);
        }
        if (limits_.duration != Duration{} && !inner_->is_live()) {
            if (began_ == kNotYet) began_ = batch.packets.front().time;
            end = std::find_if(batch.packets.begin(), end, [this](const PacketRecord& packet) {
                return packet.time - began_ >= limits_.duration;
            });
        }
        ended_ = end != batch.packets.end() ||
                 (limits_.packets != 0 && packets_ + batch.packets.size() == limits_.packets);
        for (auto it = end; it != batch.packets.end(); ++it) {
            ++cut_packets_;
            cut_bytes_ += it->captured;
        }
        batch.packets.erase(end, batch.packets.end());
    }

    static ReadStatus end(PacketBatch& batch) noexcept {
        batch.clear();
        return ReadStatus::End;
    }

    std::unique_ptr<PacketSource> inner_;
    SourceLimits limits_;
    const Clock& clock_;
    Timestamp began_ = kNotYet;
    std::uint64_t packets_ = 0;  // delivered
    std::uint64_t cut_packets_ = 0;
    std::uint64_t cut_bytes_ = 0;
    bool ended_ = false;
    bool stopped_ = false;
};

}  // namespace

std::unique_ptr<PacketSource> make_limited_source(std::unique_ptr<PacketSource> inner,
                                                  SourceLimits limits, const Clock& clock) {
    return std::make_unique<LimitedSource>(std::move(inner), limits, clock);
}

}  // namespace vedette::sys
