#include "base/time.hpp"

#include <ctime>

namespace vedette {

Timestamp SystemClock::now() const noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return {static_cast<std::int64_t>(time.tv_sec) * kNanosPerSecond + time.tv_nsec};
}

}  // namespace vedette
