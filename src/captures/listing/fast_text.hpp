// Numbers, addresses and foreign text as characters, without branches on their length where that is
// possible: the rows of a listing are mostly these. Every function writes at `at` and returns where
// it ended; the caller has made sure of the room each one names, which may be more than it uses.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vedette::captures::fast_text {

inline constexpr char kHexDigits[] = "0123456789abcdef";

/// "0." .. "255.": the numbers of IPv4 addresses.
inline constexpr auto kOctets = [] {
    std::array<std::array<char, 4>, 256> table{};
    for (unsigned value = 0; value < 256; ++value) {
        char* at = table[value].data();
        if (value >= 100) *at++ = static_cast<char>('0' + value / 100);
        if (value >= 10) *at++ = static_cast<char>('0' + value / 10 % 10);
        *at++ = static_cast<char>('0' + value % 10);
        *at = '.';
    }
    return table;
}();

/// "00:" .. "ff:": the numbers of MAC addresses.
inline constexpr auto kHexOctets = [] {
    std::array<std::array<char, 4>, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = {kHexDigits[i >> 4U], kHexDigits[i & 0xfU], ':', '\0'};
    return table;
}();

inline constexpr auto kPowersOfTen = [] {
    std::array<std::uint64_t, 20> table{1};
    for (std::size_t i = 1; i < table.size(); ++i)
        table[i] = table[i - 1] * 10;
    return table;
}();

/// 1 .. 20.
[[nodiscard]] inline unsigned count_digits(std::uint64_t value) noexcept {
    // 1233 / 4096 is log10(2): exact, or one too low.
    const auto guess = static_cast<unsigned>(std::bit_width(value | 1U)) * 1233U >> 12U;
    return guess + static_cast<unsigned>(guess < 20 && (value | 1U) >= kPowersOfTen[guess]);
}

/// Eight characters in one word, the first one in its lowest byte.
inline void store_eight(char* at, std::uint64_t word) noexcept {
    if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
    std::memcpy(at, &word, sizeof word);
}

/// The eight decimal digits, with leading zeros, of a number below 10^8: halves, quarters and
/// eighths side by side.
[[nodiscard]] inline std::uint64_t eight_digits(std::uint32_t value) noexcept {
    const std::uint64_t fours = value / 10'000 | std::uint64_t{value % 10'000} << 32U;
    const std::uint64_t hundreds = fours * 10'486 >> 20U & 0x0000'007f'0000'007fULL;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16U;
    const std::uint64_t tens = twos * 103 >> 10U & 0x000f'000f'000f'000fULL;
    return (tens | (twos - tens * 10) << 8U) + 0x3030'3030'3030'3030ULL;
}

/// "00" .. "99".
inline constexpr auto kPairs = [] {
    std::array<std::uint16_t, 100> table{};
    for (std::uint16_t i = 0; i < table.size(); ++i)
        table[i] = static_cast<std::uint16_t>(('0' + i / 10) | ('0' + i % 10) << 8U);
    return table;
}();

/// A number below 100,000. Room: 8.
inline char* five_digits(char* at, std::uint32_t value) noexcept {
    const unsigned digits =
        1U + static_cast<unsigned>(value >= 10) + static_cast<unsigned>(value >= 100) +
        static_cast<unsigned>(value >= 1'000) + static_cast<unsigned>(value >= 10'000);
    const std::uint32_t low = value % 10'000;
    const std::uint64_t text = ('0' + value / 10'000) | std::uint64_t{kPairs[low / 100]} << 8U |
                               std::uint64_t{kPairs[low % 100]} << 24U;
    store_eight(at, text >> 8U * (5U - digits));
    return at + digits;
}

/// Room: 24.
inline char* large_number(char* at, std::uint64_t value) noexcept {
    if (value >= 100'000'000) {
        at = large_number(at, value / 100'000'000);
        store_eight(at, eight_digits(static_cast<std::uint32_t>(value % 100'000'000)));
        return at + 8;
    }
    const unsigned digits = count_digits(static_cast<std::uint32_t>(value));
    store_eight(at, eight_digits(static_cast<std::uint32_t>(value)) >> 8U * (8U - digits));
    return at + digits;
}

/// Room: 24.
inline char* number(char* at, std::uint64_t value) noexcept {
    if (value < 100'000) [[likely]]
        return five_digits(at, static_cast<std::uint32_t>(value));
    return large_number(at, value);
}

/// A number below 10^9 with leading zeros. Room: 9.
inline char* nine_digits(char* at, std::uint32_t value) noexcept {
    *at = static_cast<char>('0' + value / 100'000'000);
    store_eight(at + 1, eight_digits(value % 100'000'000));
    return at + 9;
}

/// Six octets. Room: 19.
inline char* mac(char* at, const std::uint8_t* octets) noexcept {
    for (std::size_t i = 0; i < 6; ++i)
        std::memcpy(at + i * 3, kHexOctets[octets[i]].data(), 4);
    return at + 17;  // the last colon is written over
}

/// Four octets. Room: 16.
inline char* ipv4(char* at, const std::uint8_t* octets) noexcept {
    for (std::size_t i = 0; i < 4; ++i) {
        std::memcpy(at, kOctets[octets[i]].data(), 4);
        at += 2U + static_cast<unsigned>(octets[i] >= 10) + static_cast<unsigned>(octets[i] >= 100);
    }
    return at - 1;
}

}  // namespace vedette::captures::fast_text
