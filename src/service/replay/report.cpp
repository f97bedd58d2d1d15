#include "service/replay/report.hpp"

#include <algorithm>

#include "service/replay/replayer.hpp"

namespace vedette::replay {
namespace {

constexpr std::int64_t kFirstBound = 10 * kNanosPerMicro;
constexpr std::array<std::int64_t, 3> kSteps{1, 2, 5};

std::size_t bucket_of(Duration latency) noexcept {
    std::size_t bucket = 0;
    while (bucket + 1 < kLatencyBuckets && latency >= bucket_bound(bucket))
        ++bucket;
    return bucket;
}

/// The smallest value that at least `share` of all are not above (nearest rank).
Duration quantile(const std::vector<std::int64_t>& sorted, double share) noexcept {
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()) + 0.5);
    return {sorted[std::min(rank == 0 ? 0 : rank - 1, sorted.size() - 1)]};
}

Latencies latencies_of(std::vector<std::int64_t>& nanos) {
    Latencies latency;
    latency.count = nanos.size();
    if (nanos.empty()) return latency;
    std::ranges::sort(nanos);
    double sum = 0;
    for (const std::int64_t value : nanos)
        sum += static_cast<double>(value);
    latency.least = {nanos.front()};
    latency.p50 = quantile(nanos, 0.5);
    latency.p90 = quantile(nanos, 0.9);
    latency.p95 = quantile(nanos, 0.95);
    latency.p99 = quantile(nanos, 0.99);
    latency.p999 = quantile(nanos, 0.999);
    latency.most = {nanos.back()};
    latency.mean = {static_cast<std::int64_t>(sum / static_cast<double>(nanos.size()))};
    return latency;
}

}  // namespace

Duration bucket_bound(std::size_t bucket) noexcept {
    if (bucket + 1 >= kLatencyBuckets) return {0};
    std::int64_t decade = kFirstBound;
    for (std::size_t i = 0; i < bucket / kSteps.size(); ++i)
        decade *= 10;
    return {decade * kSteps[bucket % kSteps.size()]};
}

Report summarize(const std::vector<Outcome>& outcomes) {
    Report report;
    std::vector<std::int64_t> nanos;
    nanos.reserve(outcomes.size());
    report.questions = outcomes.size();
    for (const Outcome& outcome : outcomes) {
        ++report.verdicts[static_cast<std::size_t>(outcome.verdict)];
        report.fell_back += outcome.fell_back;
        switch (outcome.status) {
            case Status::Answered:
                ++report.answered;
                ++report.rcodes[outcome.rcode];
                report.cut += outcome.cut;
                ++report.buckets[bucket_of(outcome.latency)];
                nanos.push_back(outcome.latency.nanos);
                break;
            case Status::Empty:
                ++report.empty;
                break;
            case Status::Lost:
                ++report.lost;
                ++report.causes[static_cast<std::size_t>(outcome.cause)];
                break;
            case Status::Waiting:
            case Status::NotSent:
                ++report.not_sent;
                break;
        }
    }
    report.latency = latencies_of(nanos);
    return report;
}

void compare_runs(const Plan& plan, const Replayer& theirs, const Replayer& ours,
                  std::vector<Outcome>& outcomes) {
    AnswerComparer comparer;
    for (std::uint32_t message = 0; message < plan.messages.size(); ++message) {
        const PlannedMessage& planned = plan.messages[message];
        const ByteView expected = theirs.answer(message);
        const ByteView got = ours.answer(message);
        Verdict verdict = Verdict::None;
        if (!expected.empty() && !got.empty()) {
            verdict = comparer.compare(expected, got);
        } else if (!expected.empty()) {
            verdict = Verdict::Missing;
        } else if (!got.empty()) {
            verdict = Verdict::New;
        }
        for (std::uint32_t i = 0; i < planned.rows; ++i)
            outcomes[planned.first_row + i].verdict = verdict;
    }
}

}  // namespace vedette::replay
