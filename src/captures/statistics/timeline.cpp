#include "captures/statistics/timeline.hpp"

#include <algorithm>

namespace vedette::captures {
namespace {

std::int64_t floor_divide(std::int64_t value, std::int64_t by) noexcept {
    const std::int64_t quotient = value / by;
    return value % by < 0 ? quotient - 1 : quotient;
}

constexpr auto kCount = static_cast<std::int64_t>(Timeline::kBuckets);

}  // namespace

Timeline::Timeline() : buckets_(kBuckets) {}

void Timeline::add(Timestamp time, std::uint64_t bytes) noexcept {
    if (!time.known()) return;
    std::int64_t number = floor_divide(time.nanos, width_);
    if (number < low_ || number > high_) {
        const bool empty = high_ < low_;
        make_room(empty ? number : std::min(low_, number),
                  empty ? number : std::max(high_, number));
        number = floor_divide(time.nanos, width_);
        const bool still_empty = high_ < low_;
        low_ = still_empty ? number : std::min(low_, number);
        high_ = still_empty ? number : std::max(high_, number);
    }
    TimelineBucket& bucket = buckets_[static_cast<std::size_t>(number - origin_)];
    ++bucket.packets;
    bucket.bytes += bytes;
}

// Afterwards the buckets of `low` to `high`, numbers of the width before, are inside.
void Timeline::make_room(std::int64_t low, std::int64_t high) noexcept {
    while (high - low >= kCount) {
        double_width();
        low = floor_divide(low, 2);
        high = floor_divide(high, 2);
    }
    if (low < origin_ || high >= origin_ + kCount) move_to(low);
}

void Timeline::double_width() noexcept {
    if (high_ >= low_) {
        const std::int64_t new_origin = floor_divide(low_, 2);
        std::vector<TimelineBucket> merged(kBuckets);
        for (std::int64_t number = low_; number <= high_; ++number) {
            const TimelineBucket& from = buckets_[static_cast<std::size_t>(number - origin_)];
            const std::int64_t to = floor_divide(number, 2) - new_origin;
            merged[static_cast<std::size_t>(to)].packets += from.packets;
            merged[static_cast<std::size_t>(to)].bytes += from.bytes;
        }
        buckets_ = std::move(merged);
        origin_ = new_origin;
        low_ = new_origin;
        high_ = floor_divide(high_, 2);
    }
    width_ *= 2;
}

// `low` is at most low_, and low_..high_ fit behind it.
void Timeline::move_to(std::int64_t low) noexcept {
    if (high_ >= low_) {
        std::vector<TimelineBucket> moved(kBuckets);
        for (std::int64_t number = low_; number <= high_; ++number) {
            moved[static_cast<std::size_t>(number - low)] =
                buckets_[static_cast<std::size_t>(number - origin_)];
        }
        buckets_ = std::move(moved);
    }
    origin_ = low;
}

Timestamp Timeline::start() const noexcept {
    if (high_ < low_) return kNever;
    return Timestamp{low_ * width_};
}

std::vector<TimelineBucket> Timeline::rows() const {
    if (high_ < low_) return {};
    const auto first = buckets_.begin() + (low_ - origin_);
    return {first, first + (high_ - low_ + 1)};
}

std::size_t Timeline::buckets_per_row(std::size_t count) const noexcept {
    const auto used = static_cast<std::size_t>(high_ < low_ ? 0 : high_ - low_ + 1);
    return count == 0 ? std::max<std::size_t>(used, 1)
                      : std::max<std::size_t>((used + count - 1) / count, 1);
}

std::vector<TimelineBucket> Timeline::rows(std::size_t count) const {
    const std::size_t each = buckets_per_row(count);
    const std::vector<TimelineBucket> all = rows();
    std::vector<TimelineBucket> out((all.size() + each - 1) / each);
    for (std::size_t i = 0; i < all.size(); ++i) {
        out[i / each].packets += all[i].packets;
        out[i / each].bytes += all[i].bytes;
    }
    return out;
}

}  // namespace vedette::captures
