// The generator's own randomness: the same seed gives the same capture on every machine and
// standard library, which the distributions of <random> do not promise. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace demo {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    /// SplitMix64.
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }
    /// 0 .. bound-1; bound > 0.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + below(high - low + 1);
    }
    bool percent(unsigned chance) { return below(100) < chance; }
    std::uint16_t word() { return static_cast<std::uint16_t>(next()); }
    vedette::Duration micros(std::uint64_t low, std::uint64_t high) {
        return {static_cast<std::int64_t>(between(low, high) * 1000 + below(1000))};
    }
    vedette::Duration seconds(std::uint64_t low, std::uint64_t high) {
        return micros(low * 1'000'000, high * 1'000'000);
    }
    std::string text(std::string_view alphabet, std::size_t length) {
        std::string out;
        for (std::size_t i = 0; i < length; ++i)
            out += alphabet[below(alphabet.size())];
        return out;
    }

  private:
    std::uint64_t state_;
};

}  // namespace demo
