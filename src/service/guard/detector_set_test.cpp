#include "service/guard/detector_set.hpp"

#include <gtest/gtest.h>

namespace vedette::service {
namespace {

EventBatch flood_batch() {
    EventBatch batch;
    for (int i = 0; i < 2'000; ++i) {
        DnsSighting& seen = batch.sightings.emplace_back();
        seen.time = Timestamp::from_seconds(1'795'262'400);
        seen.source = IpAddress::from_v4(0xc0000207);
        seen.destination = IpAddress::from_v4(0xc0000235);
        batch.watermark = seen.time;
    }
    return batch;
}

TEST(DetectorSet, HandsFindingsOver) {
    std::vector<Finding> found;
    DetectorSet set(Preset::Normal, [&](const Finding& finding) {
        found.push_back(finding);
        return Result<void>{};
    });
    EXPECT_TRUE(set.consume(flood_batch()));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, FindingKind::FloodQueries);
    EXPECT_TRUE(set.advance(Timestamp::from_seconds(1'795'262'400 + 3'600)));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].phase, FindingPhase::Ended);
}

TEST(DetectorSet, AHandlersFailureEndsTheRun) {
    DetectorSet set(Preset::Normal, [](const Finding&) -> Result<void> {
        return fail(ErrorKind::NoSpace, "full");
    });
    const auto outcome = set.consume(flood_batch());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().text, "full");
}

TEST(DetectorSet, ItsMemoryIsKnownAndBounded) {
    const DetectorSet set(Preset::Strict, [](const Finding&) { return Result<void>{}; });
    EXPECT_GT(set.memory_bytes(), 1U << 20U);
    EXPECT_LT(set.memory_bytes(), 64U << 20U);
}

TEST(Preset, RoundTripsAndRefuses) {
    for (const Preset preset : {Preset::Quiet, Preset::Normal, Preset::Strict}) {
        EXPECT_EQ(parse_preset(to_text(preset)), preset);
    }
    EXPECT_EQ(parse_preset("loud").error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace vedette::service
