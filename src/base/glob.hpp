// Globs as filters and settings know them: `*` is any run of characters, `?` any one, `\` takes the
// next as it is. ASCII case is ignored. Linear memory-free matching with one backtrack point, so
// a hostile pattern costs at most pattern x text steps. Pure and thread safe.
#pragma once

#include <string_view>

namespace vedette {

/// Whether the whole of `text` matches.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;
/// Whether a wildcard stands in it, unescaped.
[[nodiscard]] bool has_wildcard(std::string_view pattern) noexcept;
/// Whether `text` contains `part` somewhere, ASCII case ignored.
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept;

}  // namespace vedette
