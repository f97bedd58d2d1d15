#include "base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace vedette {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t size;
};

// Largest first, so that printing takes the largest unit that divides evenly.
constexpr std::array kTimeUnits{
    Unit{"w", 604'800 * kNanosPerSecond}, Unit{"d", 86'400 * kNanosPerSecond},
    Unit{"h", 3'600 * kNanosPerSecond},   Unit{"m", 60 * kNanosPerSecond},
    Unit{"s", kNanosPerSecond},           Unit{"ms", kNanosPerMilli},
    Unit{"us", kNanosPerMicro},           Unit{"ns", 1},
};
// Beyond this, moments would leave the 64-bit clock.
constexpr std::int64_t kLongest = 100LL * 366 * 86'400 * kNanosPerSecond;

constexpr std::array kByteUnits{
    Unit{"TiB", 1LL << 40U},
    Unit{"TB", 1'000'000'000'000},
    Unit{"GiB", 1LL << 30U},
    Unit{"GB", 1'000'000'000},
    Unit{"MiB", 1LL << 20U},
    Unit{"MB", 1'000'000},
    Unit{"KiB", 1LL << 10U},
    Unit{"kB", 1'000},
    Unit{"B", 1},
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
    }
    return true;
}

/// Takes "12" or "1.5" and the letters behind it off the front of `text`.
struct Amount {
    double value = 0;
    std::int64_t whole = 0;
    bool is_whole = false;
    std::string_view unit;
};

std::optional<Amount> take_amount(std::string_view& text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || text[length] == '.'))
        ++length;
    Amount amount;
    const char* const end = text.data() + length;
    const auto [stop, error] = std::from_chars(text.data(), end, amount.value);
    if (length == 0 || error != std::errc{} || stop != end) return std::nullopt;
    const auto exact = std::from_chars(text.data(), end, amount.whole);
    amount.is_whole = exact.ec == std::errc{} && exact.ptr == end;
    text.remove_prefix(length);
    std::size_t letters = 0;
    while (letters < text.size() && is_letter(text[letters]))
        ++letters;
    amount.unit = text.substr(0, letters);
    text.remove_prefix(letters);
    return amount;
}

/// `amount` in units of `size`, or nothing beyond `limit`.
std::optional<std::int64_t> scale(const Amount& amount, std::int64_t size,
                                  std::int64_t limit) noexcept {
    const double scaled = amount.value * static_cast<double>(size);
    if (scaled >= static_cast<double>(limit)) return std::nullopt;
    return amount.is_whole ? amount.whole * size : static_cast<std::int64_t>(scaled + 0.5);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        const auto amount = take_amount(text);
        const Unit* unit = nullptr;
        for (const Unit& row : kTimeUnits) {
            if (amount && row.name == amount->unit) unit = &row;
        }
        if (unit == nullptr) return std::nullopt;
        const auto part = scale(*amount, unit->size, kLongest);
        if (!part || total + *part > kLongest) return std::nullopt;
        total += *part;
    }
    return Duration{total};
}

std::string duration_text(Duration duration) {
    for (const Unit& unit : kTimeUnits) {
        if (duration.nanos % unit.size == 0 && (duration.nanos != 0 || unit.name == "s")) {
            return fmt::format("{}{}", duration.nanos / unit.size, unit.name);
        }
    }
    return fmt::format("{}ns", duration.nanos);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) noexcept {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    std::string compact(text.substr(0, digits));
    if (digits != std::string_view::npos) {
        const std::size_t unit = text.find_first_not_of(' ', digits);
        if (unit != std::string_view::npos) {
            if (!is_letter(text[unit])) return std::nullopt;
            compact += text.substr(unit);
        }
    }
    std::string_view rest = compact;
    const auto amount = take_amount(rest);
    if (!amount || !rest.empty()) return std::nullopt;
    for (const Unit& unit : kByteUnits) {
        const bool bare = amount->unit.empty() && unit.size == 1;
        if (!bare && !same_ignoring_case(unit.name, amount->unit)) continue;
        const auto bytes = scale(*amount, unit.size, INT64_MAX);
        if (!bytes) return std::nullopt;
        return static_cast<std::uint64_t>(*bytes);
    }
    return std::nullopt;
}

std::string bytes_text(std::uint64_t bytes) {
    for (const Unit& unit : kByteUnits) {
        const auto size = static_cast<std::uint64_t>(unit.size);
        if (bytes % size == 0 && bytes >= size) return fmt::format("{}{}", bytes / size, unit.name);
    }
    return fmt::format("{}B", bytes);
}

std::string rounded_bytes_text(std::uint64_t bytes) {
    for (const Unit& unit : kByteUnits) {
        const bool decimal = unit.name.find('i') == std::string_view::npos;
        const double amount = static_cast<double>(bytes) / static_cast<double>(unit.size);
        if (!decimal || unit.size == 1 || amount < 1) continue;
        return fmt::format("{:.{}f} {}", amount, amount < 10 ? 2 : amount < 100 ? 1 : 0, unit.name);
    }
    return fmt::format("{} B", bytes);
}

}  // namespace vedette
