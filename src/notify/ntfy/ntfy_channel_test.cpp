#include "notify/ntfy/ntfy_channel.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vedette::notify {
namespace {

Digest digest_of(Severity severity, News news) {
    Digest digest = sample_digest("host", "phone", Timestamp::from_seconds(1));
    digest.sample = false;
    digest.notices[0].alert.severity = severity;
    digest.notices[0].news = news;
    return digest;
}

TEST(Ntfy, PriorityFollowsSeverity) {
    const auto priority = [](Severity severity, News news) {
        return nlohmann::json::parse(ntfy_json(digest_of(severity, news), "t", "[v]"))["priority"]
            .get<int>();
    };
    EXPECT_EQ(priority(Severity::High, News::Started), 5);
    EXPECT_EQ(priority(Severity::Info, News::Started), 2);
    EXPECT_EQ(priority(Severity::High, News::Ended), 2);
}

TEST(Ntfy, AHostileNameStaysInsideItsString) {
    Digest digest = digest_of(Severity::High, News::Started);
    digest.notices[0].alert.subject = "a\"},\n\xff{\x1b[2J";
    const auto json = nlohmann::json::parse(ntfy_json(digest, "alerts", "[v]"));
    EXPECT_EQ(json["topic"], "alerts");
    EXPECT_EQ(json["title"].get<std::string>().find('\n'), std::string::npos);
    EXPECT_EQ(json["title"].get<std::string>().find('\x1b'), std::string::npos);
}

TEST(Ntfy, ManyAlertsFitIntoOneMessage) {
    Digest digest = digest_of(Severity::High, News::Started);
    digest.notices.resize(1'000, digest.notices[0]);
    const auto json = nlohmann::json::parse(ntfy_json(digest, "t", ""));
    const auto message = json["message"].get<std::string>();
    EXPECT_LE(message.size(), 3'900U);
    EXPECT_NE(message.find(" more: vedette alerts list"), std::string::npos);
}

TEST(Ntfy, AUrlWithoutTopicIsRefused) {
    for (const char* const url : {"https://ntfy.example.org", "https://ntfy.example.org/", "x"}) {
        const auto channel = make_ntfy_channel({url, {}, {}, {}, {}, {}, {}});
        EXPECT_EQ(channel->send(digest_of(Severity::Low, News::Started), {}).verdict,
                  Outcome::Verdict::Refused)
            << url;
    }
}

}  // namespace
}  // namespace vedette::notify
