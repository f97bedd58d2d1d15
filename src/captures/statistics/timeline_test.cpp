#include "captures/statistics/timeline.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "captures/statistics/latency_histogram.hpp"

namespace vedette::captures {
namespace {

Timestamp at(std::int64_t millis) {
    return Timestamp{millis * kNanosPerMilli};
}

std::uint64_t packets(const std::vector<TimelineBucket>& rows) {
    std::uint64_t sum = 0;
    for (const TimelineBucket& row : rows)
        sum += row.packets;
    return sum;
}

TEST(Timeline, EmptyHasNoRows) {
    Timeline line;
    EXPECT_TRUE(line.rows().empty());
    EXPECT_TRUE(line.rows(10).empty());
    EXPECT_FALSE(line.start().known());
    line.add(kNever, 1);
    EXPECT_TRUE(line.rows().empty());
}

TEST(Timeline, KeepsItsWidthWhileAllFits) {
    Timeline line;
    for (std::size_t i = 0; i < Timeline::kBuckets; ++i)
        line.add(at(static_cast<std::int64_t>(i)), 10);
    EXPECT_EQ(line.width(), Duration::millis(1));
    ASSERT_EQ(line.rows().size(), Timeline::kBuckets);
    EXPECT_EQ(line.rows()[7].packets, 1U);
    EXPECT_EQ(line.rows()[7].bytes, 10U);
    line.add(at(Timeline::kBuckets), 10);  // one more than fits
    EXPECT_EQ(line.width(), Duration::millis(2));
    EXPECT_EQ(line.rows()[3].packets, 2U);
    EXPECT_EQ(packets(line.rows()), Timeline::kBuckets + 1);
}

TEST(Timeline, TimesInAnyOrderGiveTheSame) {
    const std::int64_t times[] = {1'795'262'400'000, 1'795'262'400'500, 0,
                                  86'400'000,        1'795'262'401'000, 12,
                                  4'102'444'800'000};
    Timeline forward;
    Timeline backward;
    for (const std::int64_t time : times)
        forward.add(at(time), 1);
    for (std::size_t i = std::size(times); i > 0; --i)
        backward.add(at(times[i - 1]), 1);
    EXPECT_EQ(forward.width(), backward.width());
    EXPECT_EQ(forward.start(), backward.start());
    ASSERT_EQ(forward.rows().size(), backward.rows().size());
    for (std::size_t i = 0; i < forward.rows().size(); ++i)
        EXPECT_EQ(forward.rows()[i].packets, backward.rows()[i].packets);
    EXPECT_EQ(packets(forward.rows()), std::size(times));
}

TEST(Timeline, TheWholeOfTimeFits) {
    Timeline line;
    line.add(Timestamp{0}, 1);
    line.add(Timestamp{std::int64_t{1} << 62U}, 1);
    line.add(Timestamp{-(std::int64_t{1} << 62U)}, 1);
    EXPECT_EQ(packets(line.rows()), 3U);
    EXPECT_LE(line.rows().size(), Timeline::kBuckets);
}

TEST(Timeline, FewerRowsHoldTheSame) {
    Timeline line;
    for (std::int64_t i = 0; i < 100; ++i)
        line.add(at(i), 5);
    EXPECT_EQ(line.buckets_per_row(10), 10U);
    ASSERT_EQ(line.rows(10).size(), 10U);
    EXPECT_EQ(line.rows(10)[9].packets, 10U);
    EXPECT_EQ(line.rows(7).size(), 7U);  // 15 buckets each
    EXPECT_EQ(packets(line.rows(7)), 100U);
    EXPECT_EQ(line.rows(1'000).size(), 100U);
    EXPECT_EQ(line.rows(0).size(), 1U);
}

TEST(LatencyHistogram, QuantilesAreWithinThreePercent) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.quantile(0.5), Duration{});
    for (std::int64_t i = 1; i <= 10'000; ++i)
        histogram.add(Duration{i * 1'000});
    EXPECT_EQ(histogram.count(), 10'000U);
    for (const double quantile : {0.01, 0.5, 0.9, 0.99}) {
        const double exact = quantile * 10'000 * 1'000;
        EXPECT_NEAR(static_cast<double>(histogram.quantile(quantile).nanos), exact, exact * 0.032);
    }
    EXPECT_EQ(histogram.quantile(1), Duration{10'000'000});
    EXPECT_EQ(histogram.largest(), Duration{10'000'000});
}

TEST(LatencyHistogram, TheEndsOfTime) {
    LatencyHistogram histogram;
    histogram.add(Duration{-5});
    EXPECT_EQ(histogram.quantile(1), Duration{0});
    histogram.add(Duration{INT64_MAX});
    EXPECT_EQ(histogram.quantile(1), Duration{INT64_MAX});
    EXPECT_EQ(histogram.quantile(0.5), Duration{0});
}

}  // namespace
}  // namespace vedette::captures
