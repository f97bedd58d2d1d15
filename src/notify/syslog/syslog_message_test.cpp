#include "notify/syslog/syslog_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace vedette::notify {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Digest digest_of(std::string subject) {
    Digest digest = sample_digest("gate.example", "siem", Timestamp::from_seconds(1'795'262'462));
    digest.sample = false;
    digest.id = "d1";
    Alert& alert = digest.notices[0].alert;
    alert.kind = FindingKind::FloodQueries;
    alert.severity = Severity::High;
    alert.id = 7;
    alert.subject = std::move(subject);
    alert.reason = "5,000 queries in 1 s, threshold 50";
    return digest;
}

std::string message(const Digest& digest, std::size_t most = 2'048) {
    return syslog_message(digest, digest.notices[0], syslog_facility("local0"), most);
}

TEST(Syslog, IsRfc5424) {
    const std::string text = message(digest_of("192.0.2.53"));
    EXPECT_THAT(text, StartsWith("<131>1 2026-11-21T12:01:02.000000Z gate.example vedette " +
                                 std::to_string(::getpid()) + " flood.queries [vedette@32473 "));
    EXPECT_THAT(text, HasSubstr(" id=\"7\" news=\"new\" severity=\"high\" subject=\"192.0.2.53\""));
    EXPECT_THAT(text, HasSubstr("] \xef\xbb\xbf"
                                "Flood of DNS queries: 192.0.2.53: 5,000 queries in 1 s"));
}

TEST(Syslog, SeverityFollowsTheAlert) {
    Digest digest = digest_of("x");
    const auto begins = [&](Severity severity, News news) {
        digest.notices[0].alert.severity = severity;
        digest.notices[0].news = news;
        return message(digest).substr(0, 5);
    };
    EXPECT_EQ(begins(Severity::Info, News::Started), "<134>");
    EXPECT_EQ(begins(Severity::Low, News::Started), "<133>");
    EXPECT_EQ(begins(Severity::Medium, News::Started), "<132>");
    EXPECT_EQ(begins(Severity::High, News::Started), "<131>");
    EXPECT_EQ(begins(Severity::High, News::Ended), "<133>");
}

TEST(Syslog, AHostileNameStaysInItsParameter) {
    const std::string text = message(digest_of("a\"] \\ x=\"\n<0>1 forged"));
    EXPECT_THAT(text, HasSubstr(R"(subject="a\"\] \\ x=\"\\x0a<0>1 forged")"));
    EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Syslog, ALongOneIsCutAtACharacter) {
    Digest digest = digest_of("x");
    for (int i = 0; i < 2'000; ++i)
        digest.notices[0].alert.reason += "\xe2\x82\xac";
    for (const std::size_t most : {2'046U, 2'047U, 2'048U}) {
        const std::string text = message(digest, most);
        EXPECT_LE(text.size(), most);
        EXPECT_GT(text.size(), most - 3);
        EXPECT_EQ(text.substr(text.size() - 3), "\xe2\x82\xac");
    }
}

TEST(Syslog, EveryFacilityHasItsCode) {
    EXPECT_EQ(syslog_facility("daemon"), 3);
    EXPECT_EQ(syslog_facility("authpriv"), 10);
    EXPECT_EQ(syslog_facility("local7"), 23);
}

}  // namespace
}  // namespace vedette::notify
