// Small readings of text that every format needs: numbers, moments, addresses, pieces of a line.
// All of them bounded by the line and without exceptions. No state.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette::importer {

template <typename Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) noexcept {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
    return value;
}

/// "1700000000.123456" exactly, without the roundings of floating point.
[[nodiscard]] std::optional<Timestamp> parse_seconds(std::string_view text) noexcept;
/// The same as a length of time.
[[nodiscard]] std::optional<Duration> parse_length(std::string_view text) noexcept;
/// "2026-11-21T14:00:00.123456+0100", "...Z", "2026-11-21 14:00:00.123" (local time without
/// offset).
[[nodiscard]] std::optional<Timestamp> parse_iso(std::string_view text) noexcept;
/// "Nov 21 14:00:00" in local time, in the year that puts it before `latest` (or within a day of
/// it); `rest` is what follows.
[[nodiscard]] std::optional<Timestamp> parse_syslog(std::string_view line, Timestamp latest,
                                                    std::string_view& rest) noexcept;

/// The pieces between separators; empty ones count.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
/// The next piece up to a blank; `text` goes on behind it.
[[nodiscard]] std::string_view next_word(std::string_view& text) noexcept;
/// What stands between two marks; empty when they are not there.
[[nodiscard]] std::string_view between(std::string_view text, std::string_view open,
                                       std::string_view close) noexcept;

}  // namespace vedette::importer
