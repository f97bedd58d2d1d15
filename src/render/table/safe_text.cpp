#include "render/table/safe_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

#include "base/utf8.hpp"

namespace vedette::render {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Invisible, or changes the order in which neighbours are shown (Unicode 15, Cf and Zl/Zp).
constexpr std::array kHidden{
    Range{0x00ad, 0x00ad}, Range{0x034f, 0x034f}, Range{0x061c, 0x061c},   Range{0x115f, 0x1160},
    Range{0x180e, 0x180e}, Range{0x200b, 0x200f}, Range{0x2028, 0x202e},   Range{0x2060, 0x206f},
    Range{0xfeff, 0xfeff}, Range{0xfff9, 0xfffb}, Range{0xe0000, 0xe0fff},
};
// Combining marks that stack on the character before them (the ranges seen in names).
constexpr std::array kCombining{
    Range{0x0300, 0x036f}, Range{0x0483, 0x0489}, Range{0x0591, 0x05bd}, Range{0x0610, 0x061a},
    Range{0x064b, 0x065f}, Range{0x0900, 0x0902}, Range{0x093c, 0x093c}, Range{0x0e31, 0x0e31},
    Range{0x0e34, 0x0e3a}, Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff}, Range{0x20d0, 0x20ff},
    Range{0xfe00, 0xfe0f}, Range{0xfe20, 0xfe2f},
};
// East Asian Width W and F.
constexpr std::array kWide{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},
    Range{0x3400, 0x4dbf},   Range{0x4e00, 0x9fff},   Range{0xa000, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd},
};

bool is_in(std::span<const Range> ranges, char32_t code) noexcept {
    return std::ranges::any_of(ranges,
                               [&](const Range& r) { return code >= r.first && code <= r.last; });
}

std::size_t width_of(char32_t code) noexcept {
    if (code < 0x300) return 1;
    if (is_in(kCombining, code)) return 0;
    return is_in(kWide, code) ? 2 : 1;
}

}  // namespace

void append_safe(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Character c = utf8_at(text, i);
        const bool control = c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0);
        if (c.length == 0 || (control && c.length == 1)) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                           static_cast<unsigned char>(text[i]));
            ++i;
            continue;
        }
        if (control || (c.code > 0x7f && is_in(kHidden, c.code))) {
            fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}",
                           static_cast<std::uint32_t>(c.code));
        } else {
            out.append(text, i, c.length);
        }
        i += c.length;
    }
}

std::string safe_text(std::string_view text) {
    std::string out;
    append_safe(out, text);
    return out;
}

std::size_t display_width(std::string_view text) noexcept {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Character c = utf8_at(text, i);
        width += c.length == 0 ? 1 : width_of(c.code);
        i += std::max<std::size_t>(c.length, 1);
    }
    return width;
}

std::string clip_text(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::size_t width = 0;
    std::size_t end = 0;
    while (end < text.size()) {
        const Utf8Character c = utf8_at(text, end);
        const std::size_t next = c.length == 0 ? 1 : width_of(c.code);
        if (width + next > columns - 1) break;
        width += next;
        end += std::max<std::size_t>(c.length, 1);
    }
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace vedette::render
