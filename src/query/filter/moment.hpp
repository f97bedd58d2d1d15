// Moments as people type them: ages ("1h30m", "2d"), times ("2026-11-21T10:00", "10:00") and words
// ("yesterday", "now"). Local time unless a zone is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace vedette::query {

/// A moment, or an age before `now`. Dates are years 1678..2261; a bare clock time is today's;
/// "@1795258862" is seconds since the epoch; a zone is "Z", "+01:00" or "-0500".
[[nodiscard]] std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) noexcept;
/// UTC with nine decimals, which parse_moment() reads back exactly.
[[nodiscard]] std::string moment_text(Timestamp moment);

/// From the start of a local day to the start of the next: "2026-11-21", "today", "yesterday".
struct DaySpan {
    Timestamp begin;
    Timestamp end;
};
[[nodiscard]] std::optional<DaySpan> parse_day(std::string_view text, Timestamp now) noexcept;

}  // namespace vedette::query
