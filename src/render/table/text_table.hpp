// Aligned columns for terminals: measured over the rows, cut to the terminal's width where a column
// allows it. Cells are made safe here; callers hand over text as it came. Not thread safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::render {

enum class Align : std::uint8_t { Left, Right };

/// How a cell stands out when colour is on. Meaning never hangs on colour alone.
enum class Tone : std::uint8_t { Plain, Quiet, Strong, Good, Warning, Bad };

/// When a column is shown at all. Off a terminal (no width) IfWide is always shown.
enum class Presence : std::uint8_t {
    Always,
    IfFilled,  ///< some row has text in it
    IfWide,    ///< the terminal has at least kWideTerminal columns
};
inline constexpr std::size_t kWideTerminal = 120;

struct TextColumn {
    std::string title;
    Align align = Align::Left;
    std::size_t shrink_to = 0;  ///< fewest columns it may be cut to; 0 is never cut
    Presence presence = Presence::Always;
    /// When everything is cut as far as it may be and the table is still too wide, the column with
    /// the lowest rank above 0 is left out, then the next. 0 stays.
    std::uint8_t leaves = 0;
};

struct TextCell {
    std::string text;
    Tone tone = Tone::Plain;
};

enum class Color : std::uint8_t { Off, On };

class TextTable {
  public:
    TextTable(std::vector<TextColumn> columns, Color color) noexcept
        : columns_(std::move(columns)), color_(color) {}

    void add(std::vector<TextCell> cells);
    [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
    /// Appends the rows, with a title line the first time, at most `width` columns wide (0 is
    /// no limit), and forgets them. Widths are measured on the first call and kept.
    void flush(std::string& out, std::size_t width);

  private:
    void measure(std::size_t width);
    [[nodiscard]] bool is_shown(std::size_t column, std::size_t width) const;
    [[nodiscard]] std::size_t least_width() const;
    void leave_out(std::size_t width);
    void shrink(std::size_t width);
    void append_row(std::string& out, const std::vector<TextCell>& cells) const;

    std::vector<TextColumn> columns_;
    std::vector<std::vector<TextCell>> rows_;
    std::vector<std::size_t> widths_;
    std::vector<bool> shown_;
    Color color_;
};

/// `text` in the terminal sequence of `tone`, or as it is.
[[nodiscard]] std::string toned(std::string_view text, Tone tone, Color color);

}  // namespace vedette::render
