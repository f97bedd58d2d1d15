// Detectors, the book of alerts and everybody who is told of them, as one event sink: findings pass
// the storm limit, become alerts in the book, and go to the observers. The one place where these
// meet: `watch`, `serve` and `analyze` differ only in book and observers. Storage thread only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "service/guard/alert_limit.hpp"
#include "service/guard/alert_observer.hpp"
#include "service/guard/detector_set.hpp"
#include "store/sqlite/alerts/alert_book.hpp"

namespace vedette::service {

class EvidenceRing;
class OpinionAsker;
class PolicyWatch;

struct GuardOptions {
    DetectorInputs inputs;
    AlertLimits limits;
    /// Live: lets time pass while nothing is seen. Null for files, whose time is their packets'.
    const Clock* clock = nullptr;
    /// Polled while nothing comes; may be null. Must outlive the guard.
    PolicyWatch* policy = nullptr;
    /// Where the packets of new alerts are taken from; may be null. Must outlive the guard.
    EvidenceRing* evidence = nullptr;
    /// Who asks other resolvers; null: nobody does. Live only. Must outlive the guard.
    OpinionAsker* opinions = nullptr;
};

/// What a run's guard did.
struct AlertCounts {
    std::uint64_t raised = 0;  ///< new alerts, muted ones not counted
    std::uint64_t continued = 0;
    std::uint64_t ended = 0;
    std::uint64_t muted = 0;         ///< changes of muted alerts
    std::uint64_t folded = 0;        ///< subjects beyond the storm limit
    std::uint64_t not_recorded = 0;  ///< changes that the book could not take
    std::array<std::uint64_t, static_cast<std::size_t>(FindingKind::Count)> by_kind{};  ///< raised
};

class Guard final : public pipeline::EventSink {
  public:
    /// `book`: store::AlertBook::in_memory() for runs that store nothing.
    Guard(GuardOptions options, store::AlertBook book);

    /// `observer` must outlive the guard's last call.
    void add_observer(AlertObserver& observer) { observers_.push_back(&observer); }

    [[nodiscard]] std::string_view name() const noexcept override { return "detectors"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] Result<void> idle() override;

    [[nodiscard]] const AlertCounts& counts() const noexcept { return counts_; }
    /// The first thing the book refused, for a person.
    [[nodiscard]] const std::optional<Error>& complaint() const noexcept { return complaint_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    [[nodiscard]] Result<void> hear_opinions();
    void tell_all();
    void tell(const Finding& finding);
    [[nodiscard]] Result<std::pair<Alert, AlertChange>> record(const Finding& finding);
    void count(const Finding& finding, AlertChange change);

    GuardOptions options_;
    store::AlertBook book_;
    AlertLimit limit_;
    EventBatch heard_;
    std::vector<Finding> admitted_;
    DetectorSet detectors_;
    std::vector<AlertObserver*> observers_;
    AlertCounts counts_;
    std::optional<Error> complaint_;
};

}  // namespace vedette::service
