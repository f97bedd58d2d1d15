#include "model/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace vedette {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::optional<MacAddress> MacAddress::parse(std::string_view text) noexcept {
    const bool separated = text.find_first_of(":-") != std::string_view::npos;
    MacAddress mac;
    std::size_t digits = 0;
    std::size_t since_separator = 0;
    std::uint64_t value = 0;
    std::size_t octets = 0;
    const auto finish_octet = [&](std::size_t count) {
        if (count == 0 || count > 2 || octets == 6) return false;
        mac.octets[octets++] = static_cast<std::uint8_t>(value);
        value = 0;
        return true;
    };
    for (const char c : text) {
        if (c == ':' || c == '-') {
            if (!finish_octet(since_separator)) return std::nullopt;
            since_separator = 0;
            continue;
        }
        if (c == '.') {
            if (separated || digits % 4 != 0 || digits == 0) return std::nullopt;
            continue;
        }
        const int nibble = hex_value(c);
        if (nibble < 0) return std::nullopt;
        value = value << 4U | static_cast<unsigned>(nibble);
        ++digits;
        if (separated) {
            if (++since_separator > 2) return std::nullopt;
        } else if (digits % 2 == 0 && !finish_octet(2)) {
            return std::nullopt;
        }
    }
    if (separated && !finish_octet(since_separator)) return std::nullopt;
    if (octets != 6 || (!separated && digits != 12)) return std::nullopt;
    return mac;
}

std::string MacAddress::to_text() const {
    std::string text(17, ':');
    for (std::size_t i = 0; i < 6; ++i) {
        text[3 * i] = kHex[octets[i] >> 4U];
        text[3 * i + 1] = kHex[octets[i] & 0xfU];
    }
    return text;
}

// Whole words: narrow stores read back by wide loads stall, and this runs twice a packet.
IpAddress IpAddress::from_bytes(ByteView bytes) noexcept {
    IpAddress ip;
    if (bytes.size() == 4) {
        std::array<std::uint32_t, 4> words{0, 0, kMapped, 0};
        std::memcpy(&words[3], bytes.data(), 4);
        ip.octets = std::bit_cast<std::array<std::uint8_t, 16>>(words);
    } else if (bytes.size() == 16) {
        std::memcpy(ip.octets.data(), bytes.data(), 16);
    }
    return ip;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    char buffer[INET6_ADDRSTRLEN + 1];
    if (text.size() >= sizeof buffer) return std::nullopt;
    std::copy(text.begin(), text.end(), buffer);
    buffer[text.size()] = '\0';
    std::array<std::uint8_t, 16> raw{};
    if (::inet_pton(AF_INET, buffer, raw.data()) == 1) return from_bytes(ByteView(raw).first(4));
    if (::inet_pton(AF_INET6, buffer, raw.data()) == 1) return from_bytes(raw);
    return std::nullopt;
}

bool IpAddress::is_unspecified() const noexcept {
    return std::ranges::all_of(bytes(), [](std::uint8_t octet) { return octet == 0; });
}

bool IpAddress::is_multicast() const noexcept {
    return is_v4() ? (octets[12] & 0xf0U) == 0xe0U : octets[0] == 0xff;
}

bool IpAddress::is_link_local() const noexcept {
    if (is_v4()) return octets[12] == 169 && octets[13] == 254;
    return octets[0] == 0xfe && (octets[1] & 0xc0U) == 0x80U;
}

bool IpAddress::is_loopback() const noexcept {
    if (is_v4()) return octets[12] == 127;
    return std::all_of(octets.begin(), octets.end() - 1, [](auto o) { return o == 0; }) &&
           octets[15] == 1;
}

bool IpAddress::is_private() const noexcept {
    if (is_link_local() || is_loopback()) return true;
    if (!is_v4()) return (octets[0] & 0xfeU) == 0xfcU;
    return octets[12] == 10 || (octets[12] == 172 && (octets[13] & 0xf0U) == 16) ||
           (octets[12] == 192 && octets[13] == 168);
}

std::string IpAddress::to_text() const {
    char buffer[INET6_ADDRSTRLEN];
    const ByteView raw = bytes();
    ::inet_ntop(raw.size() == 4 ? AF_INET : AF_INET6, raw.data(), buffer, sizeof buffer);
    return buffer;
}

Prefix::Prefix(IpAddress address, unsigned length) noexcept
    : address_(address), is_v4_(address.is_v4()) {
    bits_ = std::min(is_v4_ ? length + 96U : length, 128U);
    for (unsigned bit = bits_; bit < 128; ++bit) {
        address_.octets[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    }
}

std::optional<Prefix> Prefix::parse(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned limit = address->is_v4() ? 32 : 128;
    unsigned length = limit;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const char* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, length);
        if (error != std::errc{} || stop != end || length > limit) return std::nullopt;
    }
    return Prefix(*address, length);
}

bool Prefix::contains(const IpAddress& address) const noexcept {
    if (address.is_v4() != is_v4_) return false;
    const std::size_t whole = bits_ / 8;
    if (!std::equal(address_.octets.begin(), address_.octets.begin() + whole,
                    address.octets.begin())) {
        return false;
    }
    if (bits_ % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff00U >> (bits_ % 8));
    return (address_.octets[whole] & mask) == (address.octets[whole] & mask);
}

IpAddress Prefix::last() const noexcept {
    IpAddress last = address_;
    for (unsigned bit = bits_; bit < 128; ++bit) {
        last.octets[bit / 8] |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
    }
    return last;
}

std::string Prefix::to_text() const {
    return address_.to_text() + "/" + std::to_string(length());
}

}  // namespace vedette
