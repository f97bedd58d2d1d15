// One host's DNS traffic in the current second and its usual rates. Constant size.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/time.hpp"
#include "detect/distinct_counter.hpp"
#include "model/address.hpp"

namespace vedette::detect {

/// A rate's usual value: an average over about a minute of seconds, forgetting older ones.
class UsualRate {
  public:
    /// A second with `count` messages went by, then `idle` seconds without any.
    void add(std::uint32_t count, std::int64_t idle) noexcept {
        value_ += (static_cast<float>(count) - value_) * kWeight;
        if (idle > 0) value_ *= std::pow(1.0F - kWeight, static_cast<float>(idle));
    }
    [[nodiscard]] float value() const noexcept { return value_; }

  private:
    static constexpr float kWeight = 1.0F / 64.0F;
    float value_ = 0;
};

struct HostRates {
    IpAddress key;
    std::int64_t second = INT64_MIN;  ///< the second being counted; INT64_MIN when free
    std::uint32_t queries_in = 0;
    std::uint32_t queries_out = 0;
    std::uint32_t responses_in = 0;
    std::uint32_t unsolicited_in = 0;
    std::uint32_t query_bytes_out = 0;
    std::uint32_t response_bytes_in = 0;
    UsualRate usual_queries_in;
    UsualRate usual_queries_out;
    UsualRate usual_unsolicited_in;
    DistinctCounter<4> sources;  ///< of queries and answers towards the host
    DistinctCounter<4> names;    ///< in its own queries
    IpAddress last_source;
    Timestamp first_in_second;

    [[nodiscard]] bool used() const noexcept { return second != INT64_MIN; }
    [[nodiscard]] std::uint64_t weight() const noexcept {
        return used() ? static_cast<std::uint64_t>(second < 1 ? 1 : second) : 0;
    }
    /// Moves on to the second of `time`; a time that goes backwards counts for the current one.
    void roll(Timestamp time) noexcept;
};

}  // namespace vedette::detect
