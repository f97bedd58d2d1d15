// How many different things were seen, in constant memory. Deterministic.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace vedette::detect {

/// Estimates how many different hashed values were added: a bitmap, read by linear counting.
template <std::size_t kWords>
class DistinctCounter {
  public:
    void add(std::uint64_t hash) noexcept {
        words_[hash >> 6U & (kWords - 1)] |= 1ULL << (hash & 63U);
    }
    void clear() noexcept { words_ = {}; }
    /// Good to a few percent up to about four values per bit; a full bitmap gives its limit.
    [[nodiscard]] std::uint32_t estimate() const noexcept {
        std::uint32_t set = 0;
        for (const std::uint64_t word : words_)
            set += static_cast<std::uint32_t>(std::popcount(word));
        constexpr double kBits = kWords * 64.0;
        const double zero = set == kBits ? 0.5 : kBits - set;
        return static_cast<std::uint32_t>(std::lround(kBits * std::log(kBits / zero)));
    }

  private:
    static_assert(std::has_single_bit(kWords));
    std::array<std::uint64_t, kWords> words_{};
};

}  // namespace vedette::detect
