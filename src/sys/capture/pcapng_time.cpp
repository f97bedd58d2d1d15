#include "sys/capture/pcapng_time.hpp"

#include <algorithm>

namespace vedette::sys {
namespace {

__extension__ typedef unsigned __int128 Wide;  // 64-bit units times 10^9

constexpr std::uint64_t kBillion = kNanosPerSecond;

/// 10^n for n up to 19, which is all that 64 bits hold.
std::uint64_t power_of_ten(unsigned n) noexcept {
    std::uint64_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

std::int64_t clamp(Wide nanos) noexcept {
    return nanos > static_cast<Wide>(kMaxTimeNanos) ? kMaxTimeNanos
                                                    : static_cast<std::int64_t>(nanos);
}

std::int64_t nanos_of(std::uint64_t units, std::uint8_t resolution) noexcept {
    const unsigned exponent = resolution & 0x7fU;
    if ((resolution & 0x80U) != 0) return clamp(static_cast<Wide>(units) * kBillion >> exponent);
    if (exponent <= 9) return clamp(static_cast<Wide>(units) * power_of_ten(9 - exponent));
    if (exponent > 9 + 19) return 0;
    return clamp(units / power_of_ten(exponent - 9));
}

}  // namespace

Timestamp PcapngClock::time_of(std::uint64_t units) const noexcept {
    const std::int64_t nanos = nanos_of(units, resolution);
    if (offset_seconds == 0) return {nanos};
    constexpr std::int64_t kMaxSeconds = kMaxTimeNanos / kNanosPerSecond;
    const std::int64_t offset = std::clamp(offset_seconds, -kMaxSeconds, kMaxSeconds);
    const std::int64_t moved = offset * kNanosPerSecond;
    if (moved < 0) return {nanos < -moved ? 0 : nanos + moved};
    return {nanos > kMaxTimeNanos - moved ? kMaxTimeNanos : nanos + moved};
}

}  // namespace vedette::sys
