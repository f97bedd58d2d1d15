#include "wire/anomaly/anomaly.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vedette::wire {
namespace {

TEST(AnomalyTable, IdsAreUniqueAndSentencesWhole) {
    std::set<std::string_view> seen;
    for (std::size_t i = 1; i < static_cast<std::size_t>(AnomalyId::Count); ++i) {
        const auto id = static_cast<AnomalyId>(i);
        EXPECT_TRUE(seen.insert(info(id).id).second) << info(id).id;
        EXPECT_EQ(info(id).sentence.back(), '.') << info(id).id;
        EXPECT_EQ(find_anomaly(info(id).id), id);
    }
    EXPECT_EQ(find_anomaly("no.such"), std::nullopt);
}

TEST(Damage, KeepsTheFirstReport) {
    Damage damage;
    EXPECT_FALSE(damage);
    damage.report(AnomalyId::UdpBadLength, 4);
    damage.report(AnomalyId::IpTruncated, 1);
    EXPECT_EQ(damage.id, AnomalyId::UdpBadLength);
    EXPECT_EQ(damage.offset, 4U);
}

}  // namespace
}  // namespace vedette::wire
