#include "captures/listing/text_cursor.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace vedette::captures {
namespace {

// Eight characters side by side in one word.
constexpr std::uint64_t kEach = 0x0101010101010101ULL;
constexpr std::uint64_t kHighs = 0x80 * kEach;

std::uint64_t load_eight(const char* text) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    return word;
}

/// Not zero when any of the eight is `c`.
std::uint64_t find_in_eight(std::uint64_t word, char c) noexcept {
    const std::uint64_t zero = word ^ static_cast<std::uint8_t>(c) * kEach;
    return (zero - kEach) & ~zero & kHighs;
}

/// What is not printable ASCII becomes '.'.
std::uint64_t printable_eight(std::uint64_t word) noexcept {
    const std::uint64_t low = word & ~kHighs;
    const std::uint64_t from_space = low + (0x80 - ' ') * kEach;
    const std::uint64_t behind_tilde = low + (0x80 - '~' - 1) * kEach;
    const std::uint64_t good = from_space & ~behind_tilde & ~word & kHighs;
    const std::uint64_t keep = (good >> 7U) * 0xff;
    return (word & keep) | ('.' * kEach & ~keep);
}

struct ZeroRun {
    std::size_t begin = 0;
    std::size_t length = 0;
};

/// The longest run of at least two zero groups, the first of equals (RFC 5952 4.2).
ZeroRun longest_zero_run(const std::array<std::uint16_t, 8>& groups) noexcept {
    ZeroRun best;
    ZeroRun run;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] != 0) {
            run = {};
            continue;
        }
        if (run.length++ == 0) run.begin = i;
        if (run.length > best.length) best = run;
    }
    return best.length >= 2 ? best : ZeroRun{};
}

}  // namespace

void TextCursor::number_near_end(std::uint64_t value) noexcept {
    const auto [end, error] = std::to_chars(at_, end_, value);
    if (error == std::errc()) at_ = end;
}

void TextCursor::hex(std::uint8_t value) noexcept {
    put(fast_text::kHexDigits[value >> 4U]);
    put(fast_text::kHexDigits[value & 0xfU]);
}

void TextCursor::epoch(Timestamp time) noexcept {
    const std::int64_t nanos = std::max<std::int64_t>(time.nanos, 0);
    number(static_cast<std::uint64_t>(nanos / kNanosPerSecond));
    put('.');
    nine_digits(static_cast<std::uint32_t>(nanos % kNanosPerSecond));
}

void TextCursor::ipv6(const IpAddress& address) noexcept {
    std::array<std::uint16_t, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i) {
        groups[i] =
            static_cast<std::uint16_t>(address.octets[2 * i] << 8U | address.octets[2 * i + 1]);
    }
    const ZeroRun zeros = longest_zero_run(groups);
    const std::size_t end = zeros.begin + zeros.length;
    for (std::size_t i = 0; i < 8; ++i) {
        if (zeros.length != 0 && i == zeros.begin) {
            put("::");
            i = end - 1;
            continue;
        }
        if (i != 0 && (zeros.length == 0 || i != end)) put(':');
        const auto [after, error] = std::to_chars(at_, end_, groups[i], 16);
        if (error == std::errc()) at_ = after;
    }
}

void TextCursor::printable(std::string_view text, std::size_t most) noexcept {
    const std::size_t count = std::min({text.size(), most, room()});
    std::uint64_t special = 0;
    const auto eight = [&](std::size_t at) noexcept {
        const std::uint64_t word = load_eight(text.data() + at);
        const std::uint64_t shown = printable_eight(word);
        special |= find_in_eight(word, ',') | find_in_eight(word, '"');
        std::memcpy(at_ + at, &shown, sizeof shown);
    };
    if (count >= 8) {
        for (std::size_t at = 0; at + 8 < count; at += 8)
            eight(at);
        eight(count - 8);  // some of them twice
    } else {
        for (std::size_t i = 0; i < count; ++i) {
            const char c = text[i];
            at_[i] = c >= ' ' && c <= '~' ? c : '.';
            special |= static_cast<unsigned>(c == ',') | static_cast<unsigned>(c == '"');
        }
    }
    needs_quotes_ |= special != 0;
    at_ += count;
}

}  // namespace vedette::captures
