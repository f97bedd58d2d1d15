// A capture's summary for a terminal: the protocol chart, packets over time, who talked, what DNS
// and DHCP said, findings and anomalies. Hostile text is made safe. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "captures/statistics/capture_summary.hpp"
#include "render/table/text_table.hpp"

namespace vedette::captures {

/// Blocks of Unicode, or only what every terminal has.
enum class Glyphs : std::uint8_t { Blocks, Ascii };

struct TerminalStyle {
    std::size_t width = 100;  ///< columns
    std::size_t rows = 10;    ///< most rows of a list
    render::Color color = render::Color::Off;
    Glyphs glyphs = Glyphs::Blocks;
};

[[nodiscard]] std::string terminal_text(const CaptureSummary& summary, const TerminalStyle& style);

/// A bar of `value` out of `most`, at most `columns` wide; what is above zero shows.
[[nodiscard]] std::string bar_text(std::uint64_t value, std::uint64_t most, std::size_t columns,
                                   Glyphs glyphs);
/// A column for each value, as high as its share of the largest.
[[nodiscard]] std::string sparkline(const std::vector<std::uint64_t>& values, Glyphs glyphs);

}  // namespace vedette::captures
