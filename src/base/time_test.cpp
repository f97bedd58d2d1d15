#include "base/time.hpp"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(Timestamp, ArithmeticStopsAtTheEndsOfTime) {
    constexpr std::int64_t kMin = INT64_MIN;
    constexpr std::int64_t kMax = INT64_MAX;
    EXPECT_EQ((Timestamp{10} - Timestamp{4}).nanos, 6);
    EXPECT_EQ((Timestamp{10} + Duration{4}).nanos, 14);
    EXPECT_EQ((Timestamp{10} - Duration{4}).nanos, 6);
    EXPECT_EQ((Timestamp{kMax} - Timestamp{-1}).nanos, kMax);
    EXPECT_EQ((Timestamp{kMin} - Timestamp{1}).nanos, kMin);
    EXPECT_EQ((Timestamp{kMax} + Duration{1}).nanos, kMax);
    EXPECT_EQ((Timestamp{kMin} + Duration{-1}).nanos, kMin);
    EXPECT_EQ((Timestamp{kMin} - Duration{1}).nanos, kMin);
    EXPECT_EQ((Timestamp{kMax} - Duration{-1}).nanos, kMax);
}

}  // namespace
}  // namespace vedette
