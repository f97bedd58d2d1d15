// The sums over all questions of a run: what came, what was lost and why, how long it took. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "base/time.hpp"
#include "service/replay/outcome.hpp"
#include "service/replay/plan.hpp"

namespace vedette::replay {

class Replayer;

/// Latencies of the answered questions.
struct Latencies {
    std::uint64_t count = 0;
    Duration least, p50, p90, p95, p99, p999, most, mean;
};

/// Buckets of latencies: 1, 2, 5 in every decade from 10 us to 10 s, and one beyond.
inline constexpr std::size_t kLatencyBuckets = 20;
/// What a bucket holds is below this; the last has no bound (0).
[[nodiscard]] Duration bucket_bound(std::size_t bucket) noexcept;

struct Report {
    std::uint64_t questions = 0;
    std::uint64_t answered = 0;
    std::uint64_t empty = 0;
    std::uint64_t lost = 0;
    std::uint64_t not_sent = 0;
    std::uint64_t fell_back = 0;
    std::uint64_t cut = 0;
    std::map<std::uint16_t, std::uint64_t> rcodes;  ///< of the answered
    std::array<std::uint64_t, static_cast<std::size_t>(Cause::Count)> causes{};
    std::array<std::uint64_t, static_cast<std::size_t>(Verdict::Count)> verdicts{};
    std::array<std::uint64_t, kLatencyBuckets> buckets{};
    Latencies latency;

    [[nodiscard]] double loss() const noexcept {
        const std::uint64_t asked = questions - not_sent;
        return asked == 0 ? 0.0 : static_cast<double>(lost) / static_cast<double>(asked);
    }
};

[[nodiscard]] Report summarize(const std::vector<Outcome>& outcomes);

/// Sets the verdicts of `outcomes` by holding our answers, message by message, against those that
/// another server gave to the same plan. Both runs must have kept theirs.
void compare_runs(const Plan& plan, const Replayer& theirs, const Replayer& ours,
                  std::vector<Outcome>& outcomes);

}  // namespace vedette::replay
