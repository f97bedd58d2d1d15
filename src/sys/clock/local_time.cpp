#include "sys/clock/local_time.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace vedette::sys {
namespace {

// The years whose moments fit a 64-bit nanosecond count with room to spare.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

}  // namespace

LocalTime to_local(Timestamp time) noexcept {
    std::int64_t seconds = time.nanos / kNanosPerSecond;
    std::int64_t nanos = time.nanos % kNanosPerSecond;
    if (nanos < 0) {
        nanos += kNanosPerSecond;
        --seconds;
    }
    const std::time_t clock = seconds;
    std::tm parts{};
    ::localtime_r(&clock, &parts);
    return {parts.tm_year + 1900,
            parts.tm_mon + 1,
            parts.tm_mday,
            parts.tm_hour,
            parts.tm_min,
            parts.tm_sec,
            static_cast<int>(nanos),
            static_cast<int>(parts.tm_gmtoff)};
}

Timestamp from_local(const LocalTime& local) noexcept {
    if (local.year < kFirstYear || local.year > kLastYear) return kNever;
    std::tm parts{};
    parts.tm_year = local.year - 1900;
    parts.tm_mon = local.month - 1;
    parts.tm_mday = local.day;
    parts.tm_hour = local.hour;
    parts.tm_min = local.minute;
    parts.tm_sec = local.second;
    parts.tm_isdst = -1;
    const std::time_t clock = std::mktime(&parts);
    return Timestamp::from_seconds(clock) + Duration{local.nanos};
}

std::string date_text(Timestamp time) {
    const LocalTime local = to_local(time);
    return fmt::format("{:04}-{:02}-{:02}", local.year, local.month, local.day);
}

std::string clock_text(Timestamp time) {
    const LocalTime local = to_local(time);
    return fmt::format("{:02}:{:02}:{:02}.{:06}", local.hour, local.minute, local.second,
                       local.nanos / kNanosPerMicro);
}

std::string iso_text(Timestamp time) {
    const int minutes = to_local(time).utc_offset_seconds / 60;
    return fmt::format("{}T{}{}{:02}{:02}", date_text(time), clock_text(time),
                       minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

}  // namespace vedette::sys
