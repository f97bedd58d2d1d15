// A capture's summary as one HTML page that needs nothing else: no script, no font, no image from
// elsewhere, light or dark as the reader likes, printable. Text from the network is made safe.
// Pure.
#pragma once

#include <string>

#include "captures/statistics/capture_summary.hpp"

namespace vedette::captures {

[[nodiscard]] std::string report_page(const CaptureSummary& summary);

}  // namespace vedette::captures
