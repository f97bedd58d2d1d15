// Raw packets on their way to the decoder, named by PacketInspector and handed to whoever counts,
// lists or keeps them. One thread at a time, except for the rows of a listing.
#pragma once

#include <cstdint>
#include <vector>

#include "app/analyze/csv_listing.hpp"
#include "captures/statistics/packet_statistics.hpp"
#include "decode/packet_facts.hpp"
#include "pipeline/packet_stage.hpp"
#include "pipeline/sinks.hpp"

namespace vedette::app {

/// Takes each packet with its facts, in the order of the capture; both are borrowed.
class PacketConsumer {
  public:
    virtual ~PacketConsumer() = default;
    [[nodiscard]] virtual Result<void> add(const sys::PacketRecord& record,
                                           const decode::PacketFacts& facts) = 0;
    /// The end of the capture.
    [[nodiscard]] virtual Result<void> finish() { return {}; }
};

class PacketTap final : public pipeline::PacketSink {
  public:
    explicit PacketTap(const decode::InspectorOptions& options) : inspector_(options) {}

    /// `consumer` must outlive the run.
    void add(PacketConsumer& consumer) { consumers_.push_back(&consumer); }

    /// The packets go into `listing` as well.
    void list(CsvListing& listing) { listing_ = &listing; }

    [[nodiscard]] std::unique_ptr<pipeline::PacketWork> make_work() override;
    [[nodiscard]] Result<void> consume(const sys::PacketBatch& batch,
                                       const std::vector<sys::InterfaceInfo>& interfaces,
                                       pipeline::PacketWork* work) override;
    [[nodiscard]] Result<void> flush() override { return {}; }
    [[nodiscard]] Result<void> finish();

  private:
    decode::PacketInspector inspector_;
    decode::PacketFacts facts_;  // of the packet under way, when nobody keeps them for later
    CsvListing* listing_ = nullptr;
    std::uint64_t packets_ = 0;
    std::vector<PacketConsumer*> consumers_;
};

class StatisticsConsumer final : public PacketConsumer {
  public:
    Result<void> add(const sys::PacketRecord&, const decode::PacketFacts& facts) override {
        statistics_.add(facts);
        return {};
    }
    [[nodiscard]] const captures::PacketStatistics& statistics() const noexcept {
        return statistics_;
    }

  private:
    captures::PacketStatistics statistics_;
};

/// For runs that only list packets: counts them and decodes nothing.
class CountingStage final : public pipeline::PacketStage {
  public:
    void decode(const sys::PacketBatch& batch, EventBatch& out) override;
    void advance(Timestamp, EventBatch&) override {}
    void finish(EventBatch&) override {}
    [[nodiscard]] const TraceCounts& counts() const noexcept override { return counts_; }

  private:
    TraceCounts counts_;
};

}  // namespace vedette::app
