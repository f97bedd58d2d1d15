// A capture's summary as one JSON object on one line, for programs (docs/analyze.md). Pure.
#pragma once

#include <string>

#include "captures/statistics/capture_summary.hpp"

namespace vedette::captures {

[[nodiscard]] std::string summary_json(const CaptureSummary& summary);

}  // namespace vedette::captures
