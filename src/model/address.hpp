// Addresses as values: MAC, IP (both families in one type), prefixes. Parsing accepts what people
// type; printing is canonical (RFC 5952 for IPv6, lower-case colons for MAC).
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace vedette {

/// An IEEE 802 MAC-48 address.
struct MacAddress {
    std::array<std::uint8_t, 6> octets{};

    /// From six bytes; fewer gives the zero address.
    [[nodiscard]] static MacAddress from_bytes(ByteView bytes) noexcept {
        MacAddress mac;
        if (bytes.size() >= 6) std::memcpy(mac.octets.data(), bytes.data(), 6);
        return mac;
    }
    /// "f4:6b:ef:6a:ad:c4", also with '-', '.' groups or no separators, any case.
    [[nodiscard]] static std::optional<MacAddress> parse(std::string_view text) noexcept;
    [[nodiscard]] static constexpr MacAddress from_u64(std::uint64_t value) noexcept {
        MacAddress mac;
        for (std::size_t i = 0; i < 6; ++i) {
            mac.octets[i] = static_cast<std::uint8_t>(value >> (40U - 8U * i));
        }
        return mac;
    }
    /// The 48 bits as a number, first octet highest.
    [[nodiscard]] constexpr std::uint64_t to_u64() const noexcept {
        std::uint64_t value = 0;
        for (const std::uint8_t octet : octets)
            value = value << 8U | octet;
        return value;
    }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return to_u64() == 0; }
    [[nodiscard]] constexpr bool is_group() const noexcept { return (octets[0] & 1U) != 0; }
    /// Locally administered unicast: what phones randomize.
    [[nodiscard]] constexpr bool is_randomized() const noexcept { return (octets[0] & 3U) == 2U; }
    [[nodiscard]] std::string to_text() const;

    friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) noexcept = default;
};

/// An IPv4 or IPv6 address in 16 bytes; IPv4 is kept as ::ffff:a.b.c.d, so one map serves both.
struct IpAddress {
    std::array<std::uint8_t, 16> octets{};

    // Bytes 8 to 11 of a mapped IPv4 address, as they lie in memory.
    static constexpr std::uint32_t kMapped =
        std::bit_cast<std::uint32_t>(std::array<std::uint8_t, 4>{0, 0, 0xff, 0xff});

    [[nodiscard]] static IpAddress from_v4(std::uint32_t host_order) noexcept {
        const auto raw = std::bit_cast<std::array<std::uint8_t, 4>>(
            std::endian::native == std::endian::little ? std::byteswap(host_order) : host_order);
        return from_bytes(raw);
    }
    /// 4 or 16 bytes in network order; any other count gives the unspecified address.
    [[nodiscard]] static IpAddress from_bytes(ByteView bytes) noexcept;
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text) noexcept;

    [[nodiscard]] bool is_v4() const noexcept {
        const auto words = std::bit_cast<std::array<std::uint32_t, 4>>(octets);
        return (words[0] | words[1] | (words[2] ^ kMapped)) == 0;
    }
    /// Host order; only for is_v4().
    [[nodiscard]] std::uint32_t to_v4() const noexcept {
        return std::uint32_t{octets[12]} << 24U | std::uint32_t{octets[13]} << 16U |
               std::uint32_t{octets[14]} << 8U | octets[15];
    }
    [[nodiscard]] bool is_unspecified() const noexcept;
    [[nodiscard]] bool is_multicast() const noexcept;
    [[nodiscard]] bool is_link_local() const noexcept;
    [[nodiscard]] bool is_loopback() const noexcept;
    /// RFC 1918, RFC 4193, link-local, loopback: never a public host.
    [[nodiscard]] bool is_private() const noexcept;
    /// 4 or 16 network-order bytes, without the mapping prefix.
    [[nodiscard]] ByteView bytes() const noexcept {
        return is_v4() ? ByteView(octets).subspan(12) : ByteView(octets);
    }
    [[nodiscard]] std::string to_text() const;

    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) noexcept = default;
    friend bool operator==(const IpAddress& a, const IpAddress& b) noexcept {
        return std::memcmp(a.octets.data(), b.octets.data(), 16) == 0;  // inline, unlike ==
    }
};

/// A CIDR prefix; host bits are cleared on construction.
class Prefix {
  public:
    Prefix() = default;
    /// `length` counts within the address's own family (0..32 or 0..128).
    Prefix(IpAddress address, unsigned length) noexcept;
    /// "192.0.2.0/24", "2001:db8::/32", or a bare address (full length).
    [[nodiscard]] static std::optional<Prefix> parse(std::string_view text) noexcept;

    [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
    [[nodiscard]] const IpAddress& address() const noexcept { return address_; }
    /// Within the address's own family.
    [[nodiscard]] unsigned length() const noexcept { return is_v4_ ? bits_ - 96U : bits_; }
    [[nodiscard]] bool is_single() const noexcept { return bits_ == 128U; }
    /// First and last address covered, as 16 mapped bytes.
    [[nodiscard]] IpAddress first() const noexcept { return address_; }
    [[nodiscard]] IpAddress last() const noexcept;
    [[nodiscard]] std::string to_text() const;

    friend bool operator==(const Prefix&, const Prefix&) noexcept = default;

  private:
    IpAddress address_;
    unsigned bits_ = 128;  // within the 128-bit mapped form
    bool is_v4_ = false;
};

/// Fast mixing of 64 bits (Murmur3 finalizer constants).
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t value) noexcept {
    value ^= value >> 33U;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33U;
    value *= 0xc4ceb9fe1a85ec53ULL;
    value ^= value >> 33U;
    return value;
}

struct MacHash {
    [[nodiscard]] std::size_t operator()(const MacAddress& mac) const noexcept {
        return mix64(mac.to_u64());
    }
};
struct IpHash {
    [[nodiscard]] std::size_t operator()(const IpAddress& ip) const noexcept {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        std::memcpy(&high, ip.octets.data(), 8);
        std::memcpy(&low, ip.octets.data() + 8, 8);
        return mix64(high * 0x9e3779b97f4a7c15ULL ^ low);
    }
};

}  // namespace vedette
