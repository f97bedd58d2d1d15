#include "sys/clock/local_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace vedette::sys {
namespace {

/// Runs each test in a zone with summer time, and puts the machine's own zone back.
class LocalTimeTest : public testing::Test {
  protected:
    void SetUp() override {
        ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        ::tzset();
    }
    void TearDown() override {
        ::unsetenv("TZ");
        ::tzset();
    }
};

constexpr Timestamp kNoon{1'795'258'862'123'456'789};  // 2026-11-21T11:01:02.123456789Z

TEST_F(LocalTimeTest, SpeaksTheLocalClock) {
    EXPECT_EQ(date_text(kNoon), "2026-11-21");
    EXPECT_EQ(clock_text(kNoon), "12:01:02.123456");
    EXPECT_EQ(iso_text(kNoon), "2026-11-21T12:01:02.123456+0100");
}

TEST_F(LocalTimeTest, RoundTrips) {
    EXPECT_EQ(from_local(to_local(kNoon)), kNoon);
    const Timestamp before_epoch{-1};
    EXPECT_EQ(from_local(to_local(before_epoch)), before_epoch);
}

TEST_F(LocalTimeTest, CalendarArithmeticFollowsSummerTime) {
    // 2026-10-25 has 25 hours in this zone.
    const Timestamp day = from_local({2026, 10, 25, 0, 0, 0, 0, 0});
    EXPECT_EQ((from_local({2026, 10, 26, 0, 0, 0, 0, 0}) - day).nanos, 25 * 3600 * kNanosPerSecond);
    EXPECT_EQ(date_text(from_local({2026, 11, 21 - 21, 12, 0, 0, 0, 0})), "2026-10-31");
}

TEST_F(LocalTimeTest, RefusesYearsBeyondTheClock) {
    EXPECT_EQ(from_local({9999, 1, 1, 0, 0, 0, 0, 0}), kNever);
    EXPECT_EQ(from_local({1, 1, 1, 0, 0, 0, 0, 0}), kNever);
    EXPECT_TRUE(from_local({2261, 12, 31, 0, 0, 0, 0, 0}).known());
}

}  // namespace
}  // namespace vedette::sys
