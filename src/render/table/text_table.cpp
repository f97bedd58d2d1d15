#include "render/table/text_table.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include "base/assert.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::render {
namespace {

constexpr std::string_view kGap = "  ";

// ECMA-48 SGR; by Tone.
constexpr std::array<std::string_view, 6> kStart{"",         "\x1b[2m",  "\x1b[1m",
                                                 "\x1b[32m", "\x1b[33m", "\x1b[31m"};
constexpr std::string_view kEnd = "\x1b[0m";

}  // namespace

std::string toned(std::string_view text, Tone tone, Color color) {
    if (color == Color::Off || tone == Tone::Plain || text.empty()) return std::string(text);
    return std::string(kStart[static_cast<std::size_t>(tone)]).append(text).append(kEnd);
}

void TextTable::add(std::vector<TextCell> cells) {
    VEDETTE_ASSERT(cells.size() == columns_.size());
    for (TextCell& cell : cells)
        cell.text = safe_text(cell.text);
    rows_.push_back(std::move(cells));
}

bool TextTable::is_shown(std::size_t column, std::size_t width) const {
    switch (columns_[column].presence) {
        case Presence::IfFilled:
            return std::ranges::any_of(rows_,
                                       [&](const auto& row) { return !row[column].text.empty(); });
        case Presence::IfWide:
            return width == 0 || width >= kWideTerminal;
        case Presence::Always:
            break;
    }
    return true;
}

void TextTable::measure(std::size_t width) {
    widths_.assign(columns_.size(), 0);
    shown_.assign(columns_.size(), true);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        shown_[i] = is_shown(i, width);
        if (!shown_[i]) continue;
        widths_[i] = display_width(columns_[i].title);
        for (const auto& row : rows_)
            widths_[i] = std::max(widths_[i], display_width(row[i].text));
    }
    if (width == 0) return;
    leave_out(width);
    shrink(width);
}

std::size_t TextTable::least_width() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (!shown_[i]) continue;
        const std::size_t least = columns_[i].shrink_to;
        sum += (least == 0 ? widths_[i] : std::min(widths_[i], least)) + kGap.size();
    }
    return sum - std::min(sum, kGap.size());
}

void TextTable::leave_out(std::size_t width) {
    while (least_width() > width) {
        std::size_t next = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!shown_[i] || columns_[i].leaves == 0) continue;
            if (next == columns_.size() || columns_[i].leaves < columns_[next].leaves) next = i;
        }
        if (next == columns_.size()) return;
        shown_[next] = false;
        widths_[next] = 0;
    }
}

/// The widest column that may still give way loses one column at a time.
void TextTable::shrink(std::size_t width) {
    std::size_t sum = std::accumulate(widths_.begin(), widths_.end(), std::size_t{0});
    sum += kGap.size() * static_cast<std::size_t>(std::ranges::count(shown_, true) - 1);
    for (; sum > width; --sum) {
        std::size_t widest = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const bool may = columns_[i].shrink_to != 0 && widths_[i] > columns_[i].shrink_to;
            if (may && (widest == columns_.size() || widths_[i] > widths_[widest])) widest = i;
        }
        if (widest == columns_.size()) return;
        --widths_[widest];
    }
}

void TextTable::append_row(std::string& out, const std::vector<TextCell>& cells) const {
    std::string line;
    std::size_t owed = 0;  // blanks are written only when something follows
    bool first = true;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (!shown_[i]) continue;
        const std::string text = clip_text(cells[i].text, widths_[i]);
        const std::size_t pad = widths_[i] - std::min(display_width(text), widths_[i]);
        if (!first) owed += kGap.size();
        first = false;
        if (columns_[i].align == Align::Right) owed += pad;
        if (!text.empty()) {
            line.append(owed, ' ');
            owed = 0;
            line += toned(text, cells[i].tone, color_);
        }
        if (columns_[i].align == Align::Left) owed += pad;
    }
    out += line + '\n';
}

void TextTable::flush(std::string& out, std::size_t width) {
    if (widths_.empty()) {
        measure(width);
        std::vector<TextCell> titles;
        for (const TextColumn& column : columns_)
            titles.push_back({column.title, Tone::Strong});
        append_row(out, titles);
    }
    for (const auto& row : rows_)
        append_row(out, row);
    rows_.clear();
}

}  // namespace vedette::render
