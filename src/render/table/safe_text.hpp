// Text from the network on a terminal: whatever could steer the terminal or mislead the reader is
// escaped, so a host name can never move the cursor, recolour a line or reverse its order. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette::render {

/// Appends `text` with control characters (C0, DEL, C1), bytes that are not UTF-8 and invisible or
/// direction-changing characters as `\xNN` or `\u{NNNN}`. One line stays one line.
void append_safe(std::string& out, std::string_view text);
[[nodiscard]] std::string safe_text(std::string_view text);

/// Columns that safe text takes on a terminal: 2 for East Asian wide characters and emoji, 0 for
/// combining marks, else 1.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// At most `columns` of safe text; what was cut ends in an ellipsis. Never splits a character.
[[nodiscard]] std::string clip_text(std::string_view text, std::size_t columns);

}  // namespace vedette::render
