// The protocols of a capture as CSV, a row each (docs/analyze.md lists the columns). Pure.
#pragma once

#include <string>

#include "captures/statistics/capture_summary.hpp"

namespace vedette::captures {

[[nodiscard]] std::string protocol_csv(const CaptureSummary& summary);

}  // namespace vedette::captures
