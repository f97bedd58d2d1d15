// Time as captures and stores need it: nanoseconds since the Unix epoch, signed, UTC. Local time
// exists only at the edges (day files, listings).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace vedette {

inline constexpr std::int64_t kNanosPerMicro = 1'000;
inline constexpr std::int64_t kNanosPerMilli = 1'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

/// A span of time in nanoseconds.
struct Duration {
    std::int64_t nanos = 0;

    [[nodiscard]] static constexpr Duration seconds(std::int64_t n) noexcept {
        return {n * kNanosPerSecond};
    }
    [[nodiscard]] static constexpr Duration millis(std::int64_t n) noexcept {
        return {n * kNanosPerMilli};
    }
    [[nodiscard]] constexpr std::int64_t micros() const noexcept { return nanos / kNanosPerMicro; }
    friend constexpr auto operator<=>(Duration, Duration) noexcept = default;
};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z. `kNever` is "not known".
struct Timestamp {
    std::int64_t nanos = std::numeric_limits<std::int64_t>::min();

    [[nodiscard]] static constexpr Timestamp from_seconds(std::int64_t seconds) noexcept {
        return {seconds * kNanosPerSecond};
    }
    [[nodiscard]] constexpr bool known() const noexcept {
        return nanos != std::numeric_limits<std::int64_t>::min();
    }
    [[nodiscard]] constexpr std::int64_t micros() const noexcept { return nanos / kNanosPerMicro; }
    [[nodiscard]] constexpr std::int64_t whole_seconds() const noexcept {
        return nanos / kNanosPerSecond;
    }
    friend constexpr auto operator<=>(Timestamp, Timestamp) noexcept = default;
    // Files may claim any moment, so arithmetic stops at the ends of time instead of wrapping.
    friend constexpr Duration operator-(Timestamp a, Timestamp b) noexcept {
        std::int64_t sum = 0;
        if (!__builtin_sub_overflow(a.nanos, b.nanos, &sum)) return {sum};
        return {a.nanos < 0 ? std::numeric_limits<std::int64_t>::min()
                            : std::numeric_limits<std::int64_t>::max()};
    }
    friend constexpr Timestamp operator+(Timestamp t, Duration d) noexcept {
        std::int64_t sum = 0;
        if (!__builtin_add_overflow(t.nanos, d.nanos, &sum)) return {sum};
        return {d.nanos < 0 ? std::numeric_limits<std::int64_t>::min()
                            : std::numeric_limits<std::int64_t>::max()};
    }
    friend constexpr Timestamp operator-(Timestamp t, Duration d) noexcept {
        std::int64_t sum = 0;
        if (!__builtin_sub_overflow(t.nanos, d.nanos, &sum)) return {sum};
        return {d.nanos < 0 ? std::numeric_limits<std::int64_t>::max()
                            : std::numeric_limits<std::int64_t>::min()};
    }
};

inline constexpr Timestamp kNever{};

/// Where "now" comes from: the system in programs, the capture's own time in files, a script in
/// tests. Passed in, never global.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const noexcept = 0;
};

/// The wall clock.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const noexcept override;
};

/// Goes on evenly whatever is done to the wall clock; its zero is the machine's own. For patience,
/// pace and latencies.
class SteadyClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const noexcept override;
};

}  // namespace vedette
