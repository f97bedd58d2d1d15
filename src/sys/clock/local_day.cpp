#include "sys/clock/local_day.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace vedette::sys {
namespace {

// The years whose moments fit a 64-bit nanosecond count with room to spare.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;

Timestamp local_midnight(int year, int month, int day) noexcept {
    std::tm calendar{};
    calendar.tm_year = year - 1900;
    calendar.tm_mon = month - 1;
    calendar.tm_mday = day;  // mktime carries day 32 into the next month
    calendar.tm_isdst = -1;
    return Timestamp::from_seconds(::mktime(&calendar));
}

LocalDay make_day(int year, int month, int day) noexcept {
    LocalDay result{year, month, day, local_midnight(year, month, day),
                    local_midnight(year, month, day + 1)};
    return result;
}

std::time_t floor_seconds(Timestamp time) noexcept {
    std::time_t seconds = time.nanos / kNanosPerSecond;
    if (time.nanos % kNanosPerSecond < 0) --seconds;
    return seconds;
}

}  // namespace

std::string LocalDay::to_text() const {
    return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

const LocalDay& LocalDays::of(Timestamp time) {
    if (last_.begin.known() && last_.contains(time)) return last_;
    const std::time_t seconds = floor_seconds(time);
    std::tm calendar{};
    ::localtime_r(&seconds, &calendar);
    const int year = std::clamp(calendar.tm_year + 1900, kFirstYear, kLastYear);
    last_ = make_day(year, calendar.tm_mon + 1, calendar.tm_mday);
    return last_;
}

LocalDay parse_local_day(const std::string& text) {
    std::tm calendar{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%d", &calendar);
    const int year = calendar.tm_year + 1900;
    if (end == nullptr || *end != '\0' || year < kFirstYear || year > kLastYear) return {};
    const LocalDay day = make_day(year, calendar.tm_mon + 1, calendar.tm_mday);
    // strptime takes "2026-02-31" as it stands; mktime would carry it into March.
    return LocalDays().of(day.begin).day == day.day ? day : LocalDay{};
}

}  // namespace vedette::sys
