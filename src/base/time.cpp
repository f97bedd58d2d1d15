#include "base/time.hpp"

#include <ctime>

namespace vedette {

namespace {

Timestamp read_clock(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);
    return {static_cast<std::int64_t>(time.tv_sec) * kNanosPerSecond + time.tv_nsec};
}

}  // namespace

Timestamp SystemClock::now() const noexcept {
    return read_clock(CLOCK_REALTIME);
}

Timestamp SteadyClock::now() const noexcept {
    return read_clock(CLOCK_MONOTONIC);
}

}  // namespace vedette
