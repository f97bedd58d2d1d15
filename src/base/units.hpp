// Lengths of time and amounts of bytes as people write them, in filters, settings and flags:
// "200ms", "1h30m", "2d"; "32MiB", "20GB". Pure and thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace vedette {

/// Units ns us ms s m h d w; at most 100 years. Nothing else may stand there.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text) noexcept;
/// The shortest text that parse_duration() reads as exactly this; `duration` is not negative.
[[nodiscard]] std::string duration_text(Duration duration);

/// Units B kB MB GB TB (powers of 1000) and KiB MiB GiB TiB (powers of 1024), any case; a bare
/// number is bytes. At most 8 EiB.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept;
/// The shortest text that parse_bytes() reads as exactly this.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
/// For reading only: three digits, "12.3 MB".
[[nodiscard]] std::string rounded_bytes_text(std::uint64_t bytes);

}  // namespace vedette
