#include "query/filter/moment.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

#include "base/units.hpp"
#include "query/filter/words.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::query {
namespace {

/// Reads `text` from the front; each step fails softly and leaves `ok` false.
struct Scanner {
    std::string_view left;
    bool ok = true;

    int digits(std::size_t fewest, std::size_t most) noexcept {
        std::size_t count = 0;
        int value = 0;
        while (count < most && count < left.size() && left[count] >= '0' && left[count] <= '9') {
            value = value * 10 + (left[count++] - '0');
        }
        ok = ok && count >= fewest;
        left.remove_prefix(count);
        return value;
    }
    bool take(char c) noexcept {
        if (left.empty() || left.front() != c) return false;
        left.remove_prefix(1);
        return true;
    }
    void need(char c) noexcept { ok = take(c) && ok; }
};

bool date_exists(int year, int month, int day) noexcept {
    static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

void scan_clock(Scanner& scan, sys::LocalTime& time) noexcept {
    time.hour = scan.digits(1, 2);
    scan.need(':');
    time.minute = scan.digits(2, 2);
    if (scan.take(':')) time.second = scan.digits(2, 2);
    if (scan.take('.')) {
        const std::size_t before = scan.left.size();
        time.nanos = scan.digits(1, 9);
        for (std::size_t i = before - scan.left.size(); i < 9; ++i)
            time.nanos *= 10;
    }
    scan.ok = scan.ok && time.hour <= 23 && time.minute <= 59 && time.second <= 60;
}

/// Seconds east of Greenwich, when a zone is written.
std::optional<int> scan_zone(Scanner& scan) noexcept {
    if (scan.take('Z') || scan.take('z')) return 0;
    const bool west = !scan.left.empty() && scan.left.front() == '-';
    if (!scan.take('+') && !scan.take('-')) return std::nullopt;
    const int hours = scan.digits(2, 2);
    scan.take(':');
    const int minutes = scan.digits(2, 2);
    scan.ok = scan.ok && hours <= 14 && minutes <= 59;
    return (west ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
std::int64_t days_from_civil(const sys::LocalTime& date) noexcept {
    const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    const std::int64_t era = year / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719'468;
}

Timestamp from_utc(const sys::LocalTime& time, int offset) noexcept {
    const std::int64_t seconds = days_from_civil(time) * 86'400 + time.hour * 3'600 +
                                 time.minute * 60 + time.second - offset;
    return Timestamp::from_seconds(seconds) + Duration{time.nanos};
}

std::optional<Timestamp> parse_absolute(std::string_view text, Timestamp now) noexcept {
    Scanner scan{text};
    sys::LocalTime time;
    const bool clock_only = text.find(':') != std::string_view::npos && text.find(':') <= 2;
    if (clock_only) {
        time = sys::to_local(now);
        time.minute = time.second = time.nanos = 0;
    } else {
        time.year = scan.digits(4, 4);
        scan.need('-');
        time.month = scan.digits(1, 2);
        scan.need('-');
        time.day = scan.digits(1, 2);
        if (!scan.ok || !date_exists(time.year, time.month, time.day)) return std::nullopt;
    }
    if (clock_only || scan.take('T') || scan.take('t') || scan.take(' ')) scan_clock(scan, time);
    const auto zone = scan_zone(scan);
    if (!scan.ok || !scan.left.empty()) return std::nullopt;
    const Timestamp moment = zone ? from_utc(time, *zone) : sys::from_local(time);
    if (!moment.known()) return std::nullopt;
    return moment;
}

std::optional<Timestamp> parse_epoch(std::string_view text) noexcept {
    Scanner scan{text};
    std::int64_t seconds = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc{} || seconds < 0 || seconds > 9'000'000'000) return std::nullopt;
    scan.left = {stop, static_cast<std::size_t>(end - stop)};
    sys::LocalTime fraction;
    if (scan.take('.')) {
        const std::size_t before = scan.left.size();
        fraction.nanos = scan.digits(1, 9);
        for (std::size_t i = before - scan.left.size(); i < 9; ++i)
            fraction.nanos *= 10;
    }
    if (!scan.ok || !scan.left.empty()) return std::nullopt;
    return Timestamp::from_seconds(seconds) + Duration{fraction.nanos};
}

DaySpan day_of(Timestamp moment, int days) noexcept {
    sys::LocalTime day = sys::to_local(moment);
    day.hour = day.minute = day.second = day.nanos = 0;
    day.day += days;
    const Timestamp begin = sys::from_local(day);
    ++day.day;
    return {begin, sys::from_local(day)};
}

}  // namespace

std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now) noexcept {
    if (equal_words(text, "now")) return now;
    if (const auto day = parse_day(text, now)) return day->begin;
    if (const auto age = parse_duration(text)) return now - *age;
    if (!text.empty() && text.front() == '@') return parse_epoch(text.substr(1));
    return parse_absolute(text, now);
}

std::string moment_text(Timestamp moment) {
    std::int64_t seconds = moment.nanos / kNanosPerSecond;
    std::int64_t nanos = moment.nanos % kNanosPerSecond;
    if (nanos < 0) {
        nanos += kNanosPerSecond;
        --seconds;
    }
    const std::time_t clock = seconds;
    std::tm parts{};
    ::gmtime_r(&clock, &parts);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                    parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    if (nanos != 0) text += fmt::format(".{:09}", nanos);
    return text + "Z";
}

std::optional<DaySpan> parse_day(std::string_view text, Timestamp now) noexcept {
    if (equal_words(text, "today")) return day_of(now, 0);
    if (equal_words(text, "yesterday")) return day_of(now, -1);
    if (text.size() != 10 || text.find(':') != std::string_view::npos) return std::nullopt;
    const auto begin = parse_absolute(text, now);
    if (!begin) return std::nullopt;
    return day_of(*begin, 0);
}

}  // namespace vedette::query
