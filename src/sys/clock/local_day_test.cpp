#include "sys/clock/local_day.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace vedette::sys {
namespace {

class LocalDayTest : public testing::Test {
  protected:
    void use_zone(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }
    void TearDown() override {
        ::unsetenv("TZ");
        ::tzset();
    }
};

// The last Sunday of March 2026 is the 29th, of October the 25th (rule written out, so the test
// needs no zone files).
constexpr const char* kParis = "CET-1CEST,M3.5.0,M10.5.0/3";

TEST_F(LocalDayTest, DaysChangeAtLocalMidnight) {
    use_zone(kParis);
    LocalDays days;
    const Timestamp noon_utc = Timestamp::from_seconds(1'795'262'400);  // 2026-11-21T12:00:00Z
    const LocalDay day = days.of(noon_utc);
    EXPECT_EQ(day.to_text(), "2026-11-21");
    EXPECT_EQ(day.begin, Timestamp::from_seconds(1'795'262'400 - 13 * 3600));
    EXPECT_EQ(days.of(Timestamp{day.end.nanos - 1}).to_text(), "2026-11-21");
    EXPECT_EQ(days.of(day.end).to_text(), "2026-11-22");
}

TEST_F(LocalDayTest, ClockChangesMakeShortAndLongDays) {
    use_zone(kParis);
    EXPECT_EQ((parse_local_day("2026-03-29").end - parse_local_day("2026-03-29").begin),
              Duration::seconds(23 * 3600));
    EXPECT_EQ((parse_local_day("2026-10-25").end - parse_local_day("2026-10-25").begin),
              Duration::seconds(25 * 3600));
}

TEST_F(LocalDayTest, BeforeTheEpochAndAbsurdTimesAreClamped) {
    use_zone("UTC0");
    LocalDays days;
    EXPECT_EQ(days.of(Timestamp{-1}).to_text(), "1969-12-31");
    EXPECT_EQ(days.of(Timestamp{INT64_MAX}).year, 2261);
}

TEST_F(LocalDayTest, RefusesWhatIsNotADate) {
    for (const char* text : {"", "2026-02-31", "2026-13-01", "2026-11-21x", "today"}) {
        EXPECT_FALSE(parse_local_day(text).begin.known()) << text;
    }
}

}  // namespace
}  // namespace vedette::sys
