#include "detect/header/header_detector.hpp"

#include <gtest/gtest.h>

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;

class HeaderDetectorTest : public testing::Test {
  protected:
    // A query from 192.0.2.<host> with the given answer count and flags.
    void query(int host, std::uint8_t answers, double seconds, std::uint8_t flags_high = 0x01) {
        DnsTransaction event;
        event.kind = TransactionKind::Unanswered;
        event.query_time = Timestamp{kStart * kNanosPerSecond +
                                     static_cast<std::int64_t>(seconds * kNanosPerSecond)};
        event.client = IpAddress::from_v4(0xc0000200U + static_cast<std::uint32_t>(host));
        event.server = *IpAddress::parse("192.0.2.53");
        event.query_packet = ++packets_;
        const std::array<std::uint8_t, 19> message{0, 1, flags_high, 0,   0, 1, 0, answers, 0, 0,
                                                   0, 0, 1,          'a', 0, 0, 1, 0,       1};
        event.query_flags = static_cast<std::uint16_t>(flags_high << 8U);
        event.query_bytes = message.size();
        event.query_message = batch_.bytes.append(ByteView(message));
        batch_.watermark = event.query_time;
        batch_.dns.push_back(event);
    }
    std::vector<Finding> observe() {
        std::vector<Finding> findings;
        detector_->observe(batch_, findings);
        batch_.clear();
        return findings;
    }

    EventBatch batch_;
    std::uint64_t packets_ = 0;
    std::unique_ptr<Detector> detector_ = make_header_detector(HeaderSettings::of(Preset::Normal));
};

TEST_F(HeaderDetectorTest, HonestQueriesAreSilent) {
    for (int i = 0; i < 100; ++i)
        query(i, 0, i);
    EXPECT_TRUE(observe().empty());
}

TEST_F(HeaderDetectorTest, OneFindingForManyPacketsOfOneClient) {
    for (int i = 0; i < 50; ++i)
        query(7, 1, i * 0.1);
    const auto findings = observe();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, FindingKind::HeaderInvalid);
    EXPECT_EQ(findings[0].severity, Severity::High);
    EXPECT_EQ(findings[0].client.to_text(), "192.0.2.7");
    EXPECT_EQ(findings[0].packets, (std::vector<std::uint64_t>{1}));
    EXPECT_NE(findings[0].reason.find("A query claims answer records."), std::string::npos);
}

TEST_F(HeaderDetectorTest, RepeatsWithTheCountAndTellsTheEnd) {
    for (int second = 0; second <= 60; ++second)
        query(7, 1, second);
    auto findings = observe();
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[1].phase, FindingPhase::Continues);
    EXPECT_EQ(findings[1].count, 60U);
    findings.clear();
    detector_->advance(Timestamp::from_seconds(kStart + 60 + 601), findings);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].phase, FindingPhase::Ended);
}

TEST_F(HeaderDetectorTest, EachClientIsItsOwnSubject) {
    query(1, 1, 0);
    query(2, 1, 0);
    EXPECT_EQ(observe().size(), 2U);
}

TEST_F(HeaderDetectorTest, LesserDamageIsToldWhenItRepeats) {
    query(1, 0, 0, 0x09);  // IQUERY
    query(1, 0, 1, 0x09);
    EXPECT_TRUE(observe().empty());
    query(1, 0, 2, 0x09);
    EXPECT_EQ(observe().size(), 1U);
}

TEST_F(HeaderDetectorTest, OddHeadersAreToldByStrictOnly) {
    query(1, 0, 0, 0x05);  // AA in a query
    EXPECT_TRUE(observe().empty());
    detector_ = make_header_detector(HeaderSettings::of(Preset::Strict));
    query(1, 0, 0, 0x05);
    const auto findings = observe();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].kind, FindingKind::HeaderOdd);
}

TEST_F(HeaderDetectorTest, AMillionSourcesStayWithinTheTable) {
    const std::size_t before = detector_->memory_bytes();
    std::size_t told = 0;
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 10'000; ++i)
            query(round * 10'000 + i, 1, round);
        told += observe().size();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 8U << 20U);
    EXPECT_EQ(told, 1'000'000U);
}

}  // namespace
}  // namespace vedette::detect
