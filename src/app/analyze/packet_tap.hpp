// Raw packets on their way to the decoder, named by PacketInspector and handed to whoever counts,
// lists or keeps them. Capture thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "captures/listing/packet_csv.hpp"
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

    [[nodiscard]] Result<void> consume(const sys::PacketBatch& batch,
                                       const std::vector<sys::InterfaceInfo>& interfaces) override;
    [[nodiscard]] Result<void> flush() override { return {}; }
    [[nodiscard]] Result<void> finish();

  private:
    decode::PacketInspector inspector_;
    decode::PacketFacts facts_;
    std::uint64_t packets_ = 0;
    std::vector<PacketConsumer*> consumers_;
};

class CsvConsumer final : public PacketConsumer {
  public:
    explicit CsvConsumer(captures::PacketCsv::Write write) : csv_(std::move(write)) {}
    Result<void> add(const sys::PacketRecord&, const decode::PacketFacts& facts) override {
        return csv_.add(facts);
    }
    Result<void> finish() override { return csv_.finish(); }

  private:
    captures::PacketCsv csv_;
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
