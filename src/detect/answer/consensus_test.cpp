#include "detect/answer/consensus.hpp"

#include <gtest/gtest.h>

#include <string>

#include "detect/answer/answer_detector.hpp"
#include "detect/answer/test_answer.hpp"

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;

class ConsensusTest : public testing::Test {
  protected:
    void SetUp() override { use(Preset::Normal); }
    void use(Preset preset) { detector_ = make_answer_detector(AnswerSettings::of(preset)); }

    /// The detector hears that `seen` was seen, and what resolvers 192.0.2.1 and so on said.
    void hear(const TestAnswer& seen, const std::vector<TestAnswer>& others,
              std::int64_t second = 0, const char* server = "198.51.100.53") {
        EventBatch batch;
        SecondOpinion& opinion = batch.opinions.emplace_back();
        opinion.time = Timestamp::from_seconds(kStart + second);
        opinion.client = *IpAddress::parse("10.0.0.7");
        opinion.server = *IpAddress::parse(server);
        opinion.packet = 12;
        opinion.qtype = seen.qtype;
        opinion.qname = batch.bytes.append(ByteView(test_name(seen.name)));
        opinion.seen = batch.bytes.append(ByteView(test_message(seen)));
        for (const TestAnswer& other : others) {
            opinion.resolvers[opinion.count] = IpAddress::from_v4(0xc0000201U + opinion.count);
            opinion.answers[opinion.count++] = batch.bytes.append(ByteView(test_message(other)));
        }
        detector_->observe(batch, found_);
    }

    std::unique_ptr<Detector> detector_;
    std::vector<Finding> found_;
};

const TestAnswer kHonest{.addresses = {"203.0.113.10"}};
const TestAnswer kRotated{.addresses = {"203.0.77.11"}};
const TestAnswer kForged{.addresses = {"192.88.99.66"}};
const TestAnswer kFailed{.rcode = 2};

TEST_F(ConsensusTest, TwoThatAgreeTellTheOneThatDiffers) {
    hear(kForged, {kHonest, kRotated});
    ASSERT_EQ(found_.size(), 1U);
    const Finding& finding = found_[0];
    EXPECT_EQ(finding.kind, FindingKind::AnswerDiffers);
    EXPECT_EQ(finding.phase, FindingPhase::Started);
    EXPECT_EQ(finding.severity, Severity::Medium);
    EXPECT_EQ(finding.subject, "198.51.100.53 www.example.com.");
    EXPECT_EQ(finding.server.to_text(), "198.51.100.53");
    EXPECT_EQ(finding.client.to_text(), "10.0.0.7");
    EXPECT_EQ(finding.packets, std::vector<std::uint64_t>{12});
    EXPECT_EQ(finding.reason,
              "198.51.100.53 answered www.example.com. A with 192.88.99.66; of 2 other resolvers 2 "
              "agree on 203.0.113.10 (192.0.2.1, 192.0.2.2; limit 2) and none says what it said.");
}

TEST_F(ConsensusTest, RotationAndASingleVoiceAreNothing) {
    hear(kHonest, {kRotated, kRotated});
    hear(kForged, {kHonest});
    hear(kForged, {});
    hear(kForged, {kHonest, kFailed});                        // one says nothing
    hear(kForged, {kHonest, {.addresses = {"198.18.0.1"}}});  // they do not agree
    hear(kForged, {kHonest, kRotated, kForged});              // one says what was seen
    hear(kFailed, {kHonest, kRotated});
    EXPECT_TRUE(found_.empty()) << found_[0].reason;
}

TEST_F(ConsensusTest, AFilterIsTellingLess) {
    hear({.rcode = 3}, {kHonest, kRotated});
    hear({.name = "b.example.com", .addresses = {"0.0.0.0"}}, {kHonest, kRotated});
    ASSERT_EQ(found_.size(), 2U);
    EXPECT_EQ(found_[0].severity, Severity::Low);
    EXPECT_EQ(found_[1].severity, Severity::Low);
    EXPECT_NE(found_[0].reason.find("with no such name;"), std::string::npos);
    // The other way round: a resolver that makes up what is not there.
    hear({.name = "c.example.com", .addresses = {"198.18.0.1"}}, {{.rcode = 3}, {.rcode = 3}});
    ASSERT_EQ(found_.size(), 3U);
    EXPECT_EQ(found_[2].severity, Severity::Medium);
}

TEST_F(ConsensusTest, PrivateInPlaceOfPublicIsTold) {
    hear({.addresses = {"10.0.0.1"}}, {kHonest, kRotated});
    ASSERT_EQ(found_.size(), 1U);
}

TEST_F(ConsensusTest, GoesOnAndEnds) {
    hear(kForged, {kHonest, kRotated});
    hear(kForged, {kHonest, kRotated}, 3'600);
    ASSERT_EQ(found_.size(), 2U);
    EXPECT_EQ(found_[1].phase, FindingPhase::Continues);
    detector_->advance(Timestamp::from_seconds(kStart + 3'600 + 3 * 3'600), found_);
    EXPECT_EQ(found_.size(), 2U);
    detector_->advance(Timestamp::from_seconds(kStart + 3'600 + 4 * 3'600), found_);
    ASSERT_EQ(found_.size(), 3U);
    EXPECT_EQ(found_[2].phase, FindingPhase::Ended);
}

TEST_F(ConsensusTest, QuietWaitsForTheSecondTime) {
    use(Preset::Quiet);
    hear(kForged, {kHonest, kRotated});
    EXPECT_TRUE(found_.empty());
    hear(kForged, {kHonest, kRotated}, 3'600);
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(ConsensusTest, AMillionNamesNeedNoMoreMemory) {
    const std::size_t before = detector_->memory_bytes();
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        const std::string name = "n" + std::to_string(i) + ".example.com";
        hear({.name = name.c_str(), .addresses = {"192.88.99.66"}}, {kHonest, kRotated}, i);
        found_.clear();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 8U << 20U);
}

}  // namespace
}  // namespace vedette::detect
