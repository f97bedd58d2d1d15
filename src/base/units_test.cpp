#include "base/units.hpp"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Duration, RoundTrips) {
    for (const std::int64_t nanos : {0LL, 1LL, 999LL, 200'000'000LL, 1'500'000'000LL,
                                     3'600'000'000'000LL, 604'800'000'000'000LL}) {
        const auto back = parse_duration(duration_text({nanos}));
        ASSERT_TRUE(back) << nanos;
        EXPECT_EQ(back->nanos, nanos);
    }
    EXPECT_EQ(duration_text({200'000'000}), "200ms");
    EXPECT_EQ(duration_text({5'400'000'000'000}), "90m");
    EXPECT_EQ(parse_duration("1h30m")->nanos, 5'400 * kNanosPerSecond);
    EXPECT_EQ(parse_duration("1.5s")->nanos, 1'500 * kNanosPerMilli);
}

TEST(Duration, RefusesTheRest) {
    for (const char* text : {"", "1", "s", "1x", "1s ", "1h30", "-1s", "1e3s", "101w1000000w",
                             "99999999999999999999w", "1.2.3s", "3660000000w"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(Bytes, RoundTrip) {
    for (const std::uint64_t bytes :
         {0ULL, 1ULL, 999ULL, 1'000ULL, 1'024ULL, 20'000'000'000ULL, 33'554'432ULL}) {
        EXPECT_EQ(parse_bytes(bytes_text(bytes)), bytes);
    }
    EXPECT_EQ(bytes_text(32U << 20U), "32MiB");
    EXPECT_EQ(bytes_text(20'000'000'000), "20GB");
    EXPECT_EQ(parse_bytes("1.5 gib"), 1'610'612'736U);
    EXPECT_EQ(parse_bytes("512"), 512U);
}

TEST(Bytes, RefusesTheRest) {
    for (const char* text : {"", "B", "-1", "1XB", "1GBs", "9999999TiB", "1 2", "0x10"}) {
        EXPECT_FALSE(parse_bytes(text)) << text;
    }
}

TEST(Bytes, RoundedForReading) {
    EXPECT_EQ(rounded_bytes_text(0), "0 B");
    EXPECT_EQ(rounded_bytes_text(999), "999 B");
    EXPECT_EQ(rounded_bytes_text(12'345'678), "12.3 MB");
    EXPECT_EQ(rounded_bytes_text(1'234), "1.23 kB");
}

}  // namespace
}  // namespace vedette
