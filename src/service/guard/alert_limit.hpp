// Keeps a storm of findings from becoming a storm of alerts: a million forged sources are one alert
// that counts them. Of each kind, so many new subjects are let through within a window; further
// ones are folded into one finding whose subject is "further subjects". A subject that was let
// through stays so. By event time, deterministic, bounded; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "detect/bounded_table.hpp"
#include "model/finding.hpp"

namespace vedette::service {

inline constexpr const char* kFurtherSubjects = "further subjects";

struct AlertLimits {
    std::uint32_t subjects = 50;  ///< new ones of a kind within `window`; 0 is no limit
    Duration window = Duration::seconds(600);
    Duration repeat = Duration::seconds(60);  ///< how often the folded ones are told
    std::size_t max_known = 8'192;            ///< subjects remembered as let through
};

class AlertLimit {
  public:
    explicit AlertLimit(AlertLimits limits = {});

    /// Appends `finding`, or what stands for it, or nothing.
    void admit(Finding&& finding, std::vector<Finding>& out);
    /// Tells folded findings that are due and those that are over.
    void advance(Timestamp now, std::vector<Finding>& out);
    /// New subjects that got no alert of their own.
    [[nodiscard]] std::uint64_t folded() const noexcept { return folded_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return known_.memory_bytes(); }

  private:
    struct Known {
        std::uint64_t key = 0;
        Timestamp last;
        [[nodiscard]] bool used() const noexcept { return last.known(); }
        [[nodiscard]] std::uint64_t weight() const noexcept {
            return used() ? static_cast<std::uint64_t>(last.nanos < 1 ? 1 : last.nanos) : 0;
        }
    };
    struct KeyHash {
        std::size_t operator()(std::uint64_t key) const noexcept { return key; }
    };
    struct Kind {
        Timestamp window;            ///< start; kNever before the first
        std::uint32_t admitted = 0;  ///< in the window
        std::uint64_t subjects = 0;  ///< folded in this episode
        std::uint64_t unspoken = 0;  ///< events since the last summary
        Timestamp first;
        Timestamp last;
        Timestamp spoken;
        Severity severity = Severity::Info;
        std::string reason;  ///< of the newest folded finding
    };

    void fold(Finding&& finding, Kind& kind, std::vector<Finding>& out);
    [[nodiscard]] Finding summary(FindingKind kind, Kind& state, FindingPhase phase) const;

    AlertLimits limits_;
    detect::BoundedTable<std::uint64_t, Known, KeyHash> known_;
    std::array<Kind, static_cast<std::size_t>(FindingKind::Count)> kinds_;
    std::uint64_t folded_ = 0;
};

}  // namespace vedette::service
