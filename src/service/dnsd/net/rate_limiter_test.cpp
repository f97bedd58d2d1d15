#include "service/dnsd/net/rate_limiter.hpp"

#include <gtest/gtest.h>

#include "service/dnsd/answer/test_zone.hpp"

namespace vedette::dnsd {
namespace {

class RateLimiterTest : public ::testing::Test {
  protected:
    RateVerdict send(RateLimiter& limiter, const char* client, const std::string& name,
                     std::int64_t millis) {
        const auto query = test::Ask{name}.message();
        std::vector<std::uint8_t> out(512);
        AnswerOutcome outcome = responder_.answer(query, {}, snapshot_, out);
        outcome.cookie_proved = proved_;
        return limiter.judge(*IpAddress::parse(client), responder_.query(), outcome,
                             Timestamp::from_seconds(1'000) + Duration::millis(millis));
    }
    int passed(RateLimiter& limiter, const char* client, const char* suffix, int queries) {
        int count = 0;
        for (int i = 0; i < queries; ++i)
            count +=
                send(limiter, client, "n" + std::to_string(i) + suffix, 0) == RateVerdict::Pass;
        return count;
    }
    Snapshot snapshot_ = test::snapshot(test::kZoneText);
    Responder responder_;
    bool proved_ = false;
};

TEST_F(RateLimiterTest, OffByDefault) {
    EXPECT_FALSE(RateLimiter(RateLimits{}).active());
}

TEST_F(RateLimiterTest, RandomNamesOfOneZoneCountTogether) {
    RateLimits limits;
    limits.answers_per_second = 10;
    RateLimiter limiter(limits);
    EXPECT_EQ(passed(limiter, "192.0.2.1", ".fromage.fr.", 100), 11);
    EXPECT_EQ(passed(limiter, "192.0.2.200", ".fromage.fr.", 100), 0) << "the same /24";
    EXPECT_EQ(passed(limiter, "192.0.3.1", ".fromage.fr.", 100), 11) << "another one";
    EXPECT_EQ(send(limiter, "192.0.2.1", "www.fromage.fr.", 0), RateVerdict::Pass)
        << "an answer with data is another kind";
    EXPECT_EQ(send(limiter, "192.0.2.1", "x.fromage.fr.", 2'100), RateVerdict::Pass);
}

TEST_F(RateLimiterTest, EverySecondLimitedAnswerIsCut) {
    RateLimits limits;
    limits.answers_per_second = 1;
    RateLimiter limiter(limits);
    int cut = 0;
    int dropped = 0;
    for (int i = 0; i < 102; ++i) {
        const RateVerdict verdict = send(limiter, "2001:db8::1", "www.fromage.fr.", 0);
        cut += verdict == RateVerdict::Truncate;
        dropped += verdict == RateVerdict::Drop;
    }
    EXPECT_EQ(cut, 50);
    EXPECT_EQ(dropped, 50);
}

TEST_F(RateLimiterTest, CookiesAndLoopbackPass) {
    RateLimits limits;
    limits.answers_per_second = 1;
    RateLimiter limiter(limits);
    EXPECT_EQ(passed(limiter, "127.0.0.1", ".fromage.fr.", 50), 50);
    proved_ = true;
    EXPECT_EQ(passed(limiter, "192.0.2.1", ".fromage.fr.", 50), 50);
    limits.queries_per_second = 5;
    RateLimiter strict(limits);
    EXPECT_EQ(passed(strict, "192.0.2.1", ".fromage.fr.", 50), 6) << "but not past this one";
}

}  // namespace
}  // namespace vedette::dnsd
