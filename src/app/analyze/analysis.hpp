// What `vedette analyze` gathers in one run over its files, and the summary made of it. Packets are
// counted on the capture thread, events and alerts on the storage thread; summary() is for after
// the run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/analyze/packet_tap.hpp"
#include "captures/statistics/capture_summary.hpp"
#include "captures/statistics/event_statistics.hpp"
#include "model/alert.hpp"
#include "pipeline/pipeline.hpp"
#include "service/guard/alert_observer.hpp"

namespace vedette::app {

class EventStatisticsSink final : public pipeline::EventSink {
  public:
    [[nodiscard]] std::string_view name() const noexcept override { return "statistics"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override {
        statistics_.add(batch);
        return {};
    }
    [[nodiscard]] Result<void> flush() override { return {}; }
    [[nodiscard]] const captures::EventStatistics& statistics() const noexcept {
        return statistics_;
    }

  private:
    captures::EventStatistics statistics_;
};

/// Keeps the last word on each alert.
class AlertCollector final : public service::AlertObserver {
  public:
    void on_alert(const Alert& alert, AlertChange change) override;
    /// Most severe first, then in the order in which they began.
    [[nodiscard]] std::vector<captures::FindingRow> rows() const;

  private:
    std::map<std::int64_t, captures::FindingRow> rows_;
};

struct Gathered {
    const std::vector<std::string>& files;
    const captures::PacketStatistics& packets;
    const captures::EventStatistics& events;
    const AlertCollector& alerts;
    const pipeline::RunReport& report;
};

/// `rows`: the most of each list; `columns`: the most of packets over time.
[[nodiscard]] captures::CaptureSummary make_summary(const Gathered& gathered, std::size_t rows,
                                                    std::size_t columns);

/// Whether a finding or an anomaly is at least so severe.
[[nodiscard]] bool is_met(const captures::CaptureSummary& summary, Severity severity) noexcept;

}  // namespace vedette::app
