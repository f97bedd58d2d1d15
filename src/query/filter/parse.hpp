// Text -> Filter: `client:f4:6b:ef:6a:ad:c4 type:A,AAAA -name:*.local since:1h "some words"`.
// Terms are joined by AND, the values of one term are alternatives, `-` negates. Mistakes point at
// their column. Pure: the moment that ages count from is passed in.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "model/filter.hpp"

namespace vedette::query {

inline constexpr std::size_t kMaxFilterBytes = 8'192;
inline constexpr std::size_t kMaxFilterTerms = 64;
inline constexpr std::size_t kMaxFilterValues = 1'024;

/// What is wrong with a filter, and where: bytes from its start.
struct FilterError {
    std::size_t offset = 0;
    std::size_t length = 1;
    std::string text;  ///< "unknown field 'clinet'"
    std::string hint;  ///< "did you mean 'client'?"; may be empty
};

[[nodiscard]] std::expected<Filter, FilterError> parse_filter(std::string_view text, Timestamp now);

/// The message, the filter and a caret below the mistake: three or four lines, each ended.
/// Characters that could steer a terminal are shown as '?'.
[[nodiscard]] std::string explain(std::string_view text, const FilterError& error);

}  // namespace vedette::query
