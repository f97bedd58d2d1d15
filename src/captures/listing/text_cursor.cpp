#include "captures/listing/text_cursor.hpp"

#include <algorithm>

namespace vedette::captures {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

/// "0" .. "255" with their lengths: the numbers of IPv4 addresses.
struct OctetText {
    char text[3];
    std::uint8_t length;
};
constexpr auto kOctets = [] {
    std::array<OctetText, 256> table{};
    for (unsigned value = 0; value < 256; ++value) {
        OctetText& entry = table[value];
        if (value >= 100) entry.text[entry.length++] = static_cast<char>('0' + value / 100);
        if (value >= 10) entry.text[entry.length++] = static_cast<char>('0' + value / 10 % 10);
        entry.text[entry.length++] = static_cast<char>('0' + value % 10);
    }
    return table;
}();

/// "00" .. "99".
constexpr auto kPairs = [] {
    std::array<std::array<char, 2>, 100> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
    return table;
}();

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

void TextCursor::nine_digits(std::uint32_t value) noexcept {
    if (room() < 9) return;
    for (std::size_t i = 7; i < 9; i -= 2) {  // ends when it wraps
        std::memcpy(at_ + i, kPairs[value % 100].data(), 2);
        value /= 100;
    }
    *at_ = static_cast<char>('0' + value);
    at_ += 9;
}

void TextCursor::hex(std::uint8_t value) noexcept {
    put(kHexDigits[value >> 4U]);
    put(kHexDigits[value & 0xfU]);
}

void TextCursor::epoch(Timestamp time) noexcept {
    const std::int64_t nanos = std::max<std::int64_t>(time.nanos, 0);
    number(static_cast<std::uint64_t>(nanos / kNanosPerSecond));
    put('.');
    nine_digits(static_cast<std::uint32_t>(nanos % kNanosPerSecond));
}

void TextCursor::mac(const MacAddress& mac) noexcept {
    if (room() < 17) return;
    for (std::size_t i = 0; i < mac.octets.size(); ++i) {
        at_[i * 3] = kHexDigits[mac.octets[i] >> 4U];
        at_[i * 3 + 1] = kHexDigits[mac.octets[i] & 0xfU];
        at_[i * 3 + 2] = ':';
    }
    at_ += 17;  // the last colon is written over
}

void TextCursor::ip(const IpAddress& address) noexcept {
    if (!address.is_v4()) return ipv6(address);
    if (room() < 16) return;
    for (std::size_t i = 12; i < 16; ++i) {
        const OctetText& octet = kOctets[address.octets[i]];
        std::memcpy(at_, octet.text, sizeof octet.text);
        at_ += octet.length;
        *at_++ = '.';
    }
    --at_;
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
    unsigned special = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char c = text[i];
        at_[i] = c >= ' ' && c <= '~' ? c : '.';
        special |= static_cast<unsigned>(c == ',') | static_cast<unsigned>(c == '"');
    }
    needs_quotes_ |= special != 0;
    at_ += count;
}

}  // namespace vedette::captures
