// Questions that the probes of text protocols share. Pure.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/bytes.hpp"

namespace vedette::decode::probe {

[[nodiscard]] inline bool starts_with_any(std::string_view text,
                                          std::initializer_list<std::string_view> words) noexcept {
    for (const std::string_view word : words) {
        if (text.starts_with(word)) return true;
    }
    return false;
}

/// The first line without its end; at most 512 bytes of it.
[[nodiscard]] inline std::string_view first_line(ByteView payload) noexcept {
    const std::string_view text = as_text(payload).substr(0, 512);
    return text.substr(0, text.find_first_of("\r\n"));
}

}  // namespace vedette::decode::probe
