// The protocols of a capture as a bar chart for a report: names, bars, counts and shares, in the
// reader's light or dark. SVG is text made here; PNG is drawn by cairo from the same layout. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "captures/statistics/capture_summary.hpp"

namespace vedette::captures {

enum class ChartFormat : std::uint8_t { Svg, Png };

/// By the end of a file's name; "-" is SVG.
[[nodiscard]] std::optional<ChartFormat> chart_format(std::string_view path) noexcept;
/// The bytes of the file.
[[nodiscard]] Result<std::string> chart_file(const CaptureSummary& summary, ChartFormat format);

}  // namespace vedette::captures
