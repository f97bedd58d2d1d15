#include "service/guard/alert_limit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette::service {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;

Finding finding(const std::string& subject, std::int64_t second,
                FindingPhase phase = FindingPhase::Started,
                FindingKind kind = FindingKind::HeaderInvalid) {
    Finding finding;
    finding.kind = kind;
    finding.phase = phase;
    finding.subject = subject;
    finding.reason = "because of " + subject;
    finding.first = finding.last = Timestamp::from_seconds(kStart + second);
    return finding;
}

AlertLimits limits(std::uint32_t subjects) {
    AlertLimits limits;
    limits.subjects = subjects;
    return limits;
}

TEST(AlertLimit, AMillionSubjectsAreFewAlertsAndAllAreCounted) {
    AlertLimit limit(limits(50));
    const std::size_t memory = limit.memory_bytes();
    std::vector<Finding> out;
    for (int i = 0; i < 1'000'000; ++i)
        limit.admit(finding("host " + std::to_string(i), i / 10'000), out);
    ASSERT_LE(out.size(), 53U);
    EXPECT_EQ(out[49].subject, "host 49");
    EXPECT_EQ(out[50].subject, kFurtherSubjects);
    EXPECT_EQ(limit.folded(), 1'000'000U - 50U);
    EXPECT_EQ(limit.memory_bytes(), memory);
    limit.advance(Timestamp::from_seconds(kStart + 2'000), out);
    EXPECT_EQ(out.back().phase, FindingPhase::Ended);
    EXPECT_NE(out.back().reason.find("999950 further subjects"), std::string::npos)
        << out.back().reason;
    std::uint64_t folded = 0;
    for (const Finding& one : out) {
        if (one.subject == kFurtherSubjects) folded += one.count;
    }
    EXPECT_EQ(folded, limit.folded());
}

TEST(AlertLimit, AnAdmittedSubjectStaysSo) {
    AlertLimit limit(limits(1));
    std::vector<Finding> out;
    limit.admit(finding("a", 0), out);
    limit.admit(finding("b", 1), out);
    limit.admit(finding("a", 2, FindingPhase::Continues), out);
    limit.admit(finding("a", 3, FindingPhase::Ended), out);
    limit.admit(finding("b", 4, FindingPhase::Ended), out);
    ASSERT_EQ(out.size(), 4U);
    EXPECT_EQ(out[0].subject, "a");
    EXPECT_EQ(out[1].subject, kFurtherSubjects);
    EXPECT_EQ(out[2].subject, "a");
    EXPECT_EQ(out[3].phase, FindingPhase::Ended);
}

TEST(AlertLimit, KindsDoNotShareTheLimitAndTheWindowPasses) {
    AlertLimit limit(limits(1));
    std::vector<Finding> out;
    limit.admit(finding("a", 0), out);
    limit.admit(finding("a", 0, FindingPhase::Started, FindingKind::Tunnel), out);
    limit.admit(finding("b", 601), out);
    ASSERT_EQ(out.size(), 3U);
    EXPECT_EQ(out[2].subject, "b");
    EXPECT_EQ(limit.folded(), 0U);
}

TEST(AlertLimit, ZeroIsNoLimit) {
    AlertLimit limit(limits(0));
    std::vector<Finding> out;
    for (int i = 0; i < 1'000; ++i)
        limit.admit(finding(std::to_string(i), 0), out);
    EXPECT_EQ(out.size(), 1'000U);
}

}  // namespace
}  // namespace vedette::service
