#include "query/filter/moment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace vedette::query {
namespace {

constexpr Timestamp kNow{1'795'258'862'000'000'000};  // 2026-11-21T11:01:02Z, 12:01:02 in this zone

class MomentTest : public testing::Test {
  protected:
    void SetUp() override {
        ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        ::tzset();
    }
    void TearDown() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    static std::string read(std::string_view text) {
        const auto moment = parse_moment(text, kNow);
        return moment ? moment_text(*moment) : "none";
    }
};

TEST_F(MomentTest, ReadsAgesAndMoments) {
    EXPECT_EQ(read("1h"), "2026-11-21T10:01:02Z");
    EXPECT_EQ(read("1h30m"), "2026-11-21T09:31:02Z");
    EXPECT_EQ(read("1.5s"), "2026-11-21T11:01:00.500000000Z");
    EXPECT_EQ(read("now"), "2026-11-21T11:01:02Z");
    EXPECT_EQ(read("today"), "2026-11-20T23:00:00Z");
    EXPECT_EQ(read("Yesterday"), "2026-11-19T23:00:00Z");
    EXPECT_EQ(read("10:30"), "2026-11-21T09:30:00Z");
    EXPECT_EQ(read("2026-11-21"), "2026-11-20T23:00:00Z");
    EXPECT_EQ(read("2026-11-21T10:00"), "2026-11-21T09:00:00Z");
    EXPECT_EQ(read("2026-07-01 10:00:05.25"), "2026-07-01T08:00:05.250000000Z");
    EXPECT_EQ(read("2026-11-21T10:00Z"), "2026-11-21T10:00:00Z");
    EXPECT_EQ(read("2026-11-21T10:00-05:30"), "2026-11-21T15:30:00Z");
    EXPECT_EQ(read("@1795258862.5"), "2026-11-21T11:01:02.500000000Z");
    EXPECT_EQ(read("1970-01-01T00:00Z"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(read("1960-02-29T23:59:59.000000001Z"), "1960-02-29T23:59:59.000000001Z");
}

TEST_F(MomentTest, RefusesWhatIsNone) {
    for (const char* text : {"",
                             "1",
                             "h",
                             "1x",
                             "1h30",
                             "2026-02-29",
                             "2026-13-01",
                             "2026-11-21T",
                             "2026-11-21T25:00",
                             "2026-11-21T10:60",
                             "2026-11-21T10:00+1",
                             "9999-01-01",
                             "tomorrow",
                             "@",
                             "@-5",
                             "@1.x",
                             "10:3",
                             "99999999999999999999w",
                             "1h-1m",
                             "1e3s",
                             "2026-11-21T10:00Zx",
                             "0x10s",
                             "..s"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

TEST_F(MomentTest, DaysFollowTheLocalCalendar) {
    const auto autumn = parse_day("2026-10-25", kNow);
    ASSERT_TRUE(autumn);
    EXPECT_EQ((autumn->end - autumn->begin).nanos, 25 * 3600 * kNanosPerSecond);
    EXPECT_FALSE(parse_day("1h", kNow));
}

}  // namespace
}  // namespace vedette::query
