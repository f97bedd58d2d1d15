// What `vedette replay` shows: a row per question, the sums, and the latencies as a chart, for the
// terminal, as JSON and as SVG. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/output/listing.hpp"
#include "service/replay/plan.hpp"
#include "service/replay/replayer.hpp"
#include "service/replay/report.hpp"

namespace vedette::app {

/// Whether rows have a column for the comparison.
enum class Comparison : std::uint8_t { Off, On };

[[nodiscard]] std::vector<ListingColumn> replay_columns(Comparison comparison);
[[nodiscard]] std::vector<ListingCell> replay_row(const replay::Plan& plan, std::uint32_t row,
                                                  const replay::Outcome& outcome,
                                                  Comparison comparison);
/// "NOERROR", "NODATA", "lost: no answer", "not asked".
[[nodiscard]] std::string status_text(const replay::Outcome& outcome);

struct ReplaySums {
    const replay::Plan& plan;
    const replay::Report& report;
    const replay::ReplayTotals& totals;
    Comparison comparison = Comparison::Off;
};
/// Several lines for a person, the chart of latencies last.
[[nodiscard]] std::string sums_text(const ReplaySums& sums);
/// One line of JSON with `"kind":"summary"`.
[[nodiscard]] std::string sums_json(const ReplaySums& sums);
/// Latencies as a drawing of its own, in the reader's light or dark.
[[nodiscard]] std::string latency_svg(const replay::Report& report);

/// "[=====>    ] 52 %  5,200 of 10,000, 4,980/s, 12 lost, 1 s left"
[[nodiscard]] std::string progress_line(const replay::ReplayProgress& progress);

}  // namespace vedette::app
