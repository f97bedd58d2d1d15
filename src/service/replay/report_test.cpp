#include "service/replay/report.hpp"

#include <gtest/gtest.h>

#include "service/replay/pacer.hpp"

namespace vedette::replay {
namespace {

Outcome answered(std::int64_t micros, std::uint16_t rcode = 0) {
    Outcome outcome;
    outcome.status = Status::Answered;
    outcome.latency = {micros * kNanosPerMicro};
    outcome.rcode = rcode;
    return outcome;
}

TEST(Report, SumsAndQuantiles) {
    std::vector<Outcome> outcomes;
    for (int i = 1; i <= 100; ++i)
        outcomes.push_back(answered(i * 1'000, i % 10 == 0 ? 3 : 0));
    Outcome lost;
    lost.status = Status::Lost;
    lost.cause = Cause::Silence;
    outcomes.push_back(lost);
    Outcome later;
    later.status = Status::NotSent;
    outcomes.push_back(later);
    const Report report = summarize(outcomes);
    EXPECT_EQ(report.answered, 100U);
    EXPECT_EQ(report.lost, 1U);
    EXPECT_EQ(report.not_sent, 1U);
    EXPECT_EQ(report.rcodes.at(3), 10U);
    EXPECT_EQ(report.latency.least, Duration::millis(1));
    EXPECT_EQ(report.latency.p50, Duration::millis(50));
    EXPECT_EQ(report.latency.p99, Duration::millis(99));
    EXPECT_EQ(report.latency.most, Duration::millis(100));
    EXPECT_NEAR(report.loss(), 1.0 / 101, 1e-9);
    EXPECT_EQ(summarize({}).latency.count, 0U);
}

TEST(Report, BucketsGoByOneTwoFive) {
    EXPECT_EQ(bucket_bound(0).nanos, 10 * kNanosPerMicro);
    EXPECT_EQ(bucket_bound(1).nanos, 20 * kNanosPerMicro);
    EXPECT_EQ(bucket_bound(2).nanos, 50 * kNanosPerMicro);
    EXPECT_EQ(bucket_bound(3).nanos, 100 * kNanosPerMicro);
    EXPECT_EQ(bucket_bound(18), Duration::seconds(10));
    EXPECT_EQ(bucket_bound(19).nanos, 0);
    const Report report = summarize({answered(9), answered(10), answered(20'000'000)});
    EXPECT_EQ(report.buckets[0], 1U);
    EXPECT_EQ(report.buckets[1], 1U);
    EXPECT_EQ(report.buckets[19], 1U);
}

TEST(Pacer, BoundsTheRateWithoutSavingUp) {
    Pacer pacer({.rate = 10}, Timestamp{0});
    Timestamp now{0};
    pacer.start(now);
    EXPECT_EQ(pacer.due(Timestamp{0}, now), now);
    pacer.spend();
    EXPECT_GE(pacer.due(Timestamp{0}, now) - now, Duration::millis(99));
    now = now + Duration::seconds(60);  // a stall
    EXPECT_EQ(pacer.due(Timestamp{0}, now), now);
    pacer.spend();
    EXPECT_GT(pacer.due(Timestamp{0}, now), now);
}

TEST(Pacer, FollowsTheCapture) {
    Pacer pacer({.speed = 2}, Timestamp::from_seconds(1'000));
    const Timestamp start = Timestamp::from_seconds(5);
    pacer.start(start);
    EXPECT_EQ(pacer.due(Timestamp::from_seconds(1'010), start), start + Duration::seconds(5));
    EXPECT_EQ(pacer.due(Timestamp::from_seconds(900), start), start);  // the file goes back
}

}  // namespace
}  // namespace vedette::replay
