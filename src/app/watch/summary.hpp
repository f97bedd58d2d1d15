// The end of a run in words and in JSON, and the status line under way. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/pipeline.hpp"

namespace vedette::app {

/// Counts that only `--summary` asks for.
struct NameCounts {
    std::uint64_t wire = 0;
    std::uint64_t text = 0;
};

/// What the detectors told in a run.
struct AlertTotals {
    std::uint64_t raised = 0;
    std::uint64_t muted = 0;
    std::uint64_t folded = 0;  ///< subjects beyond the limit of new alerts
    std::uint64_t not_recorded = 0;
    std::vector<std::pair<std::string_view, std::uint64_t>> by_kind;  ///< raised, by finding id
};

/// One JSON object and a newline: the ledger, and the counts keyed as the columns of the
/// comparison data (docs/reference/summary.md defines each).
/// `alerts` is null when the detectors are off.
[[nodiscard]] std::string summary_json(const pipeline::RunReport& report, const NameCounts& names,
                                       const AlertTotals* alerts = nullptr);

/// The ledger in a few lines for people.
[[nodiscard]] std::string ledger_text(const pipeline::RunReport& report);

/// "[####......] 43 %  12.3 MB of 28.6 MB  1,234,567 packets/s" for files of known size;
/// "12,345 packets  1,234/s  0 dropped  queue 3" live.
[[nodiscard]] std::string progress_text(const pipeline::Progress& progress);

/// "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace vedette::app
