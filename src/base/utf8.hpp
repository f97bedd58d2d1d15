// UTF-8 (RFC 3629) as far as printing hostile text needs it. Pure and thread safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace vedette {

/// A decoded character: its code point and how many bytes it took; length 0 means that the byte
/// there begins no valid sequence (overlong forms, surrogates and values above U+10FFFF included).
struct Utf8Character {
    char32_t code = 0;
    std::size_t length = 0;
};

/// The character at `text[at]`; `at` must be inside.
[[nodiscard]] constexpr Utf8Character utf8_at(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead < 0xc2   ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || length > text.size() - at) return {};
    char32_t code = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return {};
        code = code << 6U | (byte(i) & 0x3fU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (overlong || surrogate || code > 0x10ffff) return {};
    return {code, length};
}

}  // namespace vedette
