// Quantiles of durations without keeping them: buckets that grow with their value, at most 3 %
// wide. One thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"

namespace vedette::captures {

class LatencyHistogram {
  public:
    /// Negative durations (clocks that were set back) count as zero.
    void add(Duration duration) noexcept;
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// The duration that a share `quantile` of all is at most, within 3 %, never outside the
    /// smallest and largest; zero when empty.
    [[nodiscard]] Duration quantile(double quantile) const noexcept;
    [[nodiscard]] Duration largest() const noexcept { return Duration{largest_}; }

  private:
    // 32 buckets for each power of two, 64 powers.
    static constexpr unsigned kBits = 5;

    std::array<std::uint64_t, std::size_t{64} << kBits> buckets_{};
    std::uint64_t count_ = 0;
    std::int64_t smallest_ = 0;
    std::int64_t largest_ = 0;
};

}  // namespace vedette::captures
