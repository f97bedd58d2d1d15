// When questions may be sent: as in the capture at a factor, at most so many a second, both, or
// neither. Pure arithmetic over the moments it is given; one thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace vedette::replay {

struct Pace {
    double speed = 0;  ///< factor of the capture's own time; 0: not paced by it
    double rate = 0;   ///< questions a second at most; 0: no bound
};

class Pacer {
  public:
    Pacer(Pace pace, Timestamp first) noexcept : pace_(pace), first_(first) {}

    void start(Timestamp now) noexcept {
        start_ = filled_ = now;
        tokens_ = 1;
    }
    /// When a question asked at `asked` in the capture may be sent at the earliest; after `now` it
    /// is not due yet.
    [[nodiscard]] Timestamp due(Timestamp asked, Timestamp now) noexcept {
        Timestamp earliest = now;
        if (pace_.speed > 0) {
            const auto span = static_cast<double>((asked - first_).nanos) / pace_.speed;
            earliest = std::max(
                earliest,
                start_ + Duration{static_cast<std::int64_t>(std::clamp(span, 0.0, kMostNanos))});
        }
        if (pace_.rate > 0) {
            fill(now);
            if (tokens_ < 1)
                earliest = std::max(
                    earliest,
                    now + Duration{static_cast<std::int64_t>((1 - tokens_) * kSecond / pace_.rate) +
                                   1});
        }
        return earliest;
    }
    /// One was sent.
    void spend() noexcept { tokens_ -= 1; }

  private:
    static constexpr double kSecond = 1e9;
    static constexpr double kMostNanos = 4e18;
    /// What a stall saves up is at most this share of a second, so that the bound holds over any
    /// longer span.
    static constexpr double kBurst = 0.01;

    void fill(Timestamp now) noexcept {
        const double gained = static_cast<double>((now - filled_).nanos) * pace_.rate / kSecond;
        tokens_ = std::min(tokens_ + gained, std::max(1.0, pace_.rate * kBurst));
        filled_ = now;
    }

    Pace pace_;
    Timestamp first_;
    Timestamp start_{0};
    Timestamp filled_{0};
    double tokens_ = 1;
};

}  // namespace vedette::replay
