// Keyed 128-bit fingerprints of bytes: the identity of names, RDATA and answer sets in the
// writer's memory, so that a million distinct names cost 16 bytes each instead of their text. The
// key is random per store (meta.seed): nobody outside can make two names collide, and by chance
// ten million names do so with probability below 1e-15 in the 96 bits that are kept. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace vedette::store {

struct Fingerprint {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend bool operator==(const Fingerprint&, const Fingerprint&) noexcept = default;
};

namespace detail {

__extension__ using Wide = unsigned __int128;

/// 64x64 -> 128 multiplication folded to 64 bits: the mixing step.
[[nodiscard]] inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

[[nodiscard]] inline std::uint64_t load(const std::uint8_t* bytes, std::size_t count) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, count);
    return value;
}

}  // namespace detail

/// Makes fingerprints under one key.
class Fingerprinter {
  public:
    Fingerprinter() = default;
    explicit Fingerprinter(std::uint64_t seed) noexcept
        : key_a_(detail::fold(seed ^ 0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL) | 1U),
          key_b_(detail::fold(seed ^ 0xc2b2ae3d27d4eb4fULL, 0xa0761d6478bd642fULL) | 1U) {}

    /// `domain` separates kinds of things: equal bytes of different domains differ.
    [[nodiscard]] Fingerprint operator()(ByteView bytes, std::uint64_t domain) const noexcept {
        std::uint64_t a = key_a_ ^ domain * 0xe7037ed1a0b428dbULL;
        std::uint64_t b = key_b_ + bytes.size();
        const std::uint8_t* at = bytes.data();
        std::size_t left = bytes.size();
        for (; left > 16; at += 16, left -= 16) {
            const std::uint64_t x = detail::load(at, 8);
            const std::uint64_t y = detail::load(at + 8, 8);
            a = detail::fold(a ^ x, key_b_ ^ y);
            b = detail::fold(std::rotl(b, 29) ^ y, key_a_ ^ x);
        }
        const std::uint64_t x = left > 8 ? detail::load(at, 8) : detail::load(at, left);
        const std::uint64_t y = left > 8 ? detail::load(at + 8, left - 8) : 0;
        a = detail::fold(a ^ x, key_b_ ^ y);
        b = detail::fold(std::rotl(b, 29) ^ y ^ 0x8ebc6af09c88c6e3ULL, key_a_ ^ x);
        return {detail::fold(a ^ key_b_, b ^ 0x589965cc75374cc3ULL),
                detail::fold(b ^ key_a_, a ^ 0x1d8e4e27c47d124fULL)};
    }

  private:
    std::uint64_t key_a_ = 1;
    std::uint64_t key_b_ = 1;
};

}  // namespace vedette::store
