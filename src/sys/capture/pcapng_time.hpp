// Time stamps of pcapng: a 64-bit count of units that each interface defines (if_tsresol, a power
// of ten or of two) from an origin that it may move (if_tsoffset, seconds). Pure, no state.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace vedette::sys {

/// Times that sources deliver lie in [0, kMaxTimeNanos]: before 1970 becomes 1970, beyond 2116
/// becomes 2116, so that differences and small sums of hostile times cannot overflow.
inline constexpr std::int64_t kMaxTimeNanos = std::int64_t{1} << 62U;

struct PcapngClock {
    std::uint8_t resolution = 6;      ///< if_tsresol: 10^-n, or 2^-(n & 0x7f) with the top bit set
    std::int64_t offset_seconds = 0;  ///< if_tsoffset

    [[nodiscard]] Timestamp time_of(std::uint64_t units) const noexcept;
};

}  // namespace vedette::sys
