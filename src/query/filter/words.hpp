// The named values of the filter language: record types, response codes, message types, states.
// Each list is a table read in both directions, so that what is printed can be read again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/filter.hpp"
#include "query/filter/fields.hpp"

namespace vedette::query {

/// ASCII case-insensitive equality.
[[nodiscard]] bool equal_words(std::string_view a, std::string_view b) noexcept;
/// A decimal number that fits `limit`; nothing else may stand beside it.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text,
                                                        std::uint64_t limit) noexcept;

/// One state of `is:`.
struct FlagInfo {
    std::string_view name;
    FilterFlag flag;
    std::string_view help;
};
[[nodiscard]] std::span<const FlagInfo> flags() noexcept;

/// The numbers a word means for this kind of value; empty when it is not known. DHCP message types
/// may mean one number in each family; an anomaly glob means every identifier it matches.
[[nodiscard]] std::vector<std::uint64_t> find_numbers(ValueKind kind, std::string_view word);
/// The word that find_numbers() reads as exactly this number.
[[nodiscard]] std::string number_text(ValueKind kind, std::uint64_t number);
/// The known word nearest to a mistyped one; empty when none is near.
[[nodiscard]] std::string suggest_value(ValueKind kind, std::string_view typed);

}  // namespace vedette::query
