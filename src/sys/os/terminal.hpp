// Whether a descriptor is a terminal and how wide it is. No state.
#pragma once

#include <cstddef>

namespace vedette::sys {

inline constexpr int kStandardOutput = 1;
inline constexpr int kStandardError = 2;

[[nodiscard]] bool is_terminal(int descriptor) noexcept;
/// Columns of the terminal; 80 when it does not tell, 0 when it is none.
[[nodiscard]] std::size_t terminal_columns(int descriptor) noexcept;
/// A reader that goes away (`vedette logs | head`) shows as a failed write, not as a signal.
void ignore_broken_pipes() noexcept;

}  // namespace vedette::sys
