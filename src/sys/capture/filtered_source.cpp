#include "sys/capture/filtered_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "sys/capture/bpf_filter.hpp"

namespace vedette::sys {
namespace {

constexpr std::uint16_t kEthernet = 1;
constexpr std::size_t kMaxLinkTypes = 64;  // further ones are refused, not compiled

class FilteredSource final : public PacketSource {
  public:
    FilteredSource(std::unique_ptr<PacketSource> inner, std::string expression, BpfFilter ethernet)
        : inner_(std::move(inner)), expression_(std::move(expression)) {
        filters_.emplace(kEthernet, std::move(ethernet));
    }

    Result<ReadStatus> read(PacketBatch& batch) override {
        while (true) {
            Result<ReadStatus> status = inner_->read(batch);
            take_warnings();
            if (!status || *status != ReadStatus::Packets) return status;
            const std::size_t before = batch.packets.size();
            std::erase_if(batch.packets, [this](const PacketRecord& packet) {
                if (matches(packet)) return false;
                filtered_bytes_ += packet.captured;
                return true;
            });
            filtered_ += before - batch.packets.size();
            if (!batch.packets.empty()) return status;
            // A live source must come up for air even when nothing passes the filter.
            if (inner_->is_live()) return ReadStatus::Idle;
        }
    }

    SourceStatistics statistics() const noexcept override {
        SourceStatistics statistics = inner_->statistics();
        statistics.packets -= filtered_;
        statistics.bytes -= filtered_bytes_;
        statistics.filtered += filtered_;
        return statistics;
    }
    const std::vector<InterfaceInfo>& interfaces() const noexcept override {
        return inner_->interfaces();
    }
    bool is_live() const noexcept override { return inner_->is_live(); }
    void stop() noexcept override { inner_->stop(); }
    const std::vector<std::string>& warnings() const noexcept override { return warnings_; }

  private:
    bool matches(const PacketRecord& packet) {
        auto found = filters_.find(packet.link_type);
        if (found == filters_.end()) {
            if (filters_.size() == kMaxLinkTypes) return false;
            found = filters_.emplace(packet.link_type, compile(packet.link_type)).first;
        }
        return found->second && found->second->matches(packet);
    }

    std::optional<BpfFilter> compile(std::uint16_t link_type) {
        Result<BpfFilter> filter = BpfFilter::compile(expression_, link_type);
        if (filter) return std::move(*filter);
        warnings_.push_back(fmt::format("packets of link type {} are left out: {}", link_type,
                                        filter.error().text));
        return std::nullopt;
    }

    void take_warnings() {
        for (; taken_ < inner_->warnings().size(); ++taken_) {
            warnings_.push_back(inner_->warnings()[taken_]);
        }
    }

    std::unique_ptr<PacketSource> inner_;
    std::string expression_;
    std::unordered_map<std::uint16_t, std::optional<BpfFilter>> filters_;  // by link type
    std::uint64_t filtered_ = 0;
    std::uint64_t filtered_bytes_ = 0;
    std::size_t taken_ = 0;
    std::vector<std::string> warnings_;
};

}  // namespace

Result<std::unique_ptr<PacketSource>> make_filtered_source(std::unique_ptr<PacketSource> inner,
                                                           std::string expression) {
    Result<BpfFilter> ethernet = BpfFilter::compile(expression, kEthernet);
    if (!ethernet) return std::unexpected(std::move(ethernet.error()));
    return std::make_unique<FilteredSource>(std::move(inner), std::move(expression),
                                            std::move(*ethernet));
}

}  // namespace vedette::sys
