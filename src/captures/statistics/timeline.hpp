// Packets and bytes over time, when nobody knows beforehand how long a capture is: a fixed number
// of buckets whose width doubles until all of the capture fits. Times may come in any order. One
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace vedette::captures {

struct TimelineBucket {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
};

class Timeline {
  public:
    static constexpr std::size_t kBuckets = 480;

    Timeline();
    /// Unknown times are counted nowhere.
    void add(Timestamp time, std::uint64_t bytes) noexcept;

    [[nodiscard]] Duration width() const noexcept { return Duration{width_}; }
    /// Of the first bucket that rows() tells; kNever when empty.
    [[nodiscard]] Timestamp start() const noexcept;
    /// From the first bucket with a packet to the last, at most kBuckets.
    [[nodiscard]] std::vector<TimelineBucket> rows() const;
    /// The same in at most `count` rows of equal width; each is a whole number of buckets.
    [[nodiscard]] std::vector<TimelineBucket> rows(std::size_t count) const;
    /// Buckets in a row of rows(count).
    [[nodiscard]] std::size_t buckets_per_row(std::size_t count) const noexcept;

  private:
    void make_room(std::int64_t low, std::int64_t high) noexcept;
    void double_width() noexcept;
    void move_to(std::int64_t low) noexcept;

    // A bucket's number is floor(time / width); origin_ is that of buckets_[0].
    std::vector<TimelineBucket> buckets_;
    std::int64_t width_ = kNanosPerMilli;
    std::int64_t origin_ = 0;
    std::int64_t low_ = 0;
    std::int64_t high_ = -1;  // below low_ when empty
};

}  // namespace vedette::captures
