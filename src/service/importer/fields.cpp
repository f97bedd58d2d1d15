#include "service/importer/fields.hpp"

#include <algorithm>
#include <array>

#include "sys/clock/local_time.hpp"

namespace vedette::importer {
namespace {

constexpr std::int64_t kMaxSeconds = 9'000'000'000;  // about the year 2255: nanoseconds hold it
constexpr std::int64_t kDaySeconds = 86'400;

/// Up to nine digits behind a point as nanoseconds.
std::optional<std::int64_t> parse_fraction(std::string_view digits) noexcept {
    if (digits.empty() || digits.size() > 9) return std::nullopt;
    const auto value = parse_number<std::uint32_t>(digits);
    if (!value) return std::nullopt;
    std::int64_t nanos = *value;
    for (std::size_t i = digits.size(); i < 9; ++i)
        nanos *= 10;
    return nanos;
}

/// Two or four digits at a place.
std::optional<int> digits_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
    if (text.size() < at + count) return std::nullopt;
    const auto value = parse_number<unsigned>(text.substr(at, count));
    if (!value) return std::nullopt;
    return static_cast<int>(*value);
}

/// "2026-11-21?14:00:00" into fields.
bool parse_calendar(std::string_view text, sys::LocalTime& out) noexcept {
    if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':')
        return false;
    const std::array fields{std::pair{0U, &out.year},    std::pair{5U, &out.month},
                            std::pair{8U, &out.day},     std::pair{11U, &out.hour},
                            std::pair{14U, &out.minute}, std::pair{17U, &out.second}};
    for (const auto& [at, field] : fields) {
        const auto value = digits_at(text, at, at == 0 ? 4 : 2);
        if (!value) return false;
        *field = *value;
    }
    return out.month >= 1 && out.month <= 12 && out.day >= 1 && out.day <= 31;
}

/// "+0100", "+01:00" or "Z" in seconds.
std::optional<std::int64_t> parse_offset(std::string_view text) noexcept {
    if (text == "Z") return 0;
    if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const auto hours = digits_at(text, 1, 2);
    const auto minutes = digits_at(text, text[3] == ':' ? 4 : 3, 2);
    if (!hours || !minutes) return std::nullopt;
    const std::int64_t seconds = *hours * 3'600 + *minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

/// Days since 1970 of a date in the Gregorian calendar (Howard Hinnant's days_from_civil).
std::int64_t days_of(int year, int month, int day) noexcept {
    const std::int64_t y = month <= 2 ? year - 1 : year;
    const std::int64_t era = y / 400;
    const std::int64_t of_era = y - era * 400;
    const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

}  // namespace

std::optional<Duration> parse_length(std::string_view text) noexcept {
    const std::size_t point = text.find('.');
    const auto seconds = parse_number<std::int64_t>(text.substr(0, point));
    if (!seconds || *seconds > kMaxSeconds || *seconds < 0) return std::nullopt;
    std::int64_t nanos = 0;
    if (point != text.npos) {
        const auto fraction = parse_fraction(text.substr(point + 1, 9));
        if (!fraction) return std::nullopt;
        nanos = *fraction;
    }
    return Duration{*seconds * kNanosPerSecond + nanos};
}

std::optional<Timestamp> parse_seconds(std::string_view text) noexcept {
    const auto length = parse_length(text);
    if (!length) return std::nullopt;
    return Timestamp{length->nanos};
}

std::optional<Timestamp> parse_iso(std::string_view text) noexcept {
    sys::LocalTime local;
    if (!parse_calendar(text, local)) return std::nullopt;
    std::string_view rest = text.substr(19);
    std::int64_t nanos = 0;
    if (rest.starts_with('.') || rest.starts_with(',')) {
        const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
        const auto fraction = parse_fraction(rest.substr(1, end - 1));
        if (!fraction) return std::nullopt;
        nanos = *fraction;
        rest.remove_prefix(end);
    }
    if (rest.empty() || rest.front() == ' ') {
        local.nanos = static_cast<int>(nanos);
        return sys::from_local(local);
    }
    const auto offset = parse_offset(rest);
    if (!offset) return std::nullopt;
    const std::int64_t seconds = days_of(local.year, local.month, local.day) * kDaySeconds +
                                 local.hour * 3'600 + local.minute * 60 + local.second - *offset;
    if (seconds < -kMaxSeconds || seconds > kMaxSeconds) return std::nullopt;
    return Timestamp{seconds * kNanosPerSecond + nanos};
}

std::optional<Timestamp> parse_syslog(std::string_view line, Timestamp latest,
                                      std::string_view& rest) noexcept {
    static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (line.size() < 15 || line[3] != ' ' || line[9] != ':' || line[12] != ':')
        return std::nullopt;
    const std::size_t month = kMonths.find(line.substr(0, 3));
    if (month == kMonths.npos || month % 3 != 0) return std::nullopt;
    sys::LocalTime local = sys::to_local(latest);
    local.month = static_cast<int>(month / 3) + 1;
    const auto day = line[4] == ' ' ? digits_at(line, 5, 1) : digits_at(line, 4, 2);
    const auto hour = digits_at(line, 7, 2);
    const auto minute = digits_at(line, 10, 2);
    const auto second = digits_at(line, 13, 2);
    if (!day || !hour || !minute || !second) return std::nullopt;
    local.day = *day;
    local.hour = *hour;
    local.minute = *minute;
    local.second = *second;
    local.nanos = 0;
    Timestamp time = sys::from_local(local);
    if (time - latest > Duration::seconds(kDaySeconds)) {
        --local.year;
        time = sys::from_local(local);
    }
    rest = line.substr(15);
    return time;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (;;) {
        const std::size_t end = text.find(separator);
        pieces.push_back(text.substr(0, end));
        if (end == text.npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

std::string_view next_word(std::string_view& text) noexcept {
    const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
    text.remove_prefix(start);
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

std::string_view between(std::string_view text, std::string_view open,
                         std::string_view close) noexcept {
    const std::size_t start = text.find(open);
    if (start == text.npos) return {};
    text.remove_prefix(start + open.size());
    const std::size_t end = text.find(close);
    return end == text.npos ? std::string_view() : text.substr(0, end);
}

}  // namespace vedette::importer
