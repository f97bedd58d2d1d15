// "Did you mean": the known word nearest to what a person typed. Commands, flags, settings and
// filter fields all ask here. Pure and thread safe.
#pragma once

#include <span>
#include <string_view>

namespace vedette {

/// The entry of `known` nearest to `typed` (insertions, deletions, replacements and swaps of
/// neighbours, ASCII case ignored), or empty when none is near enough to be a typing mistake.
[[nodiscard]] std::string_view nearest_word(std::string_view typed,
                                            std::span<const std::string_view> known);

}  // namespace vedette
