#include "captures/statistics/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vedette::captures {
namespace {

/// Values below 2^(bits + 1) have a bucket each.
template <unsigned Bits>
std::size_t bucket_of(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= Bits + 1) return value;
    const unsigned shift = width - (Bits + 1);
    return (std::size_t{shift} << Bits) + (value >> shift);
}

/// The largest value of a bucket.
template <unsigned Bits>
std::uint64_t end_of(std::size_t bucket) noexcept {
    const std::size_t shift = (bucket >> Bits) == 0 ? 0 : (bucket >> Bits) - 1;
    const std::uint64_t base = bucket - (shift << Bits);
    return ((base + 1) << shift) - 1;
}

}  // namespace

void LatencyHistogram::add(Duration duration) noexcept {
    const std::int64_t nanos = std::max<std::int64_t>(duration.nanos, 0);
    ++buckets_[bucket_of<kBits>(static_cast<std::uint64_t>(nanos))];
    smallest_ = count_ == 0 ? nanos : std::min(smallest_, nanos);
    largest_ = std::max(largest_, nanos);
    ++count_;
}

Duration LatencyHistogram::quantile(double quantile) const noexcept {
    if (count_ == 0) return {};
    const double wanted = std::ceil(quantile * static_cast<double>(count_));
    const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen < rank) continue;
        const auto end = static_cast<std::int64_t>(end_of<kBits>(bucket));
        return Duration{std::clamp(end, smallest_, largest_)};
    }
    return largest();
}

}  // namespace vedette::captures
