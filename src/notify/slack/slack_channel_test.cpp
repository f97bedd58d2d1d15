#include "notify/slack/slack_channel.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace vedette::notify {
namespace {

nlohmann::json body_of(const Digest& digest) {
    return nlohmann::json::parse(slack_json(digest, "[v]"));
}

TEST(Slack, HasAFallbackAndBlocks) {
    Digest digest = sample_digest("host", "team", Timestamp::from_seconds(1));
    digest.sample = false;
    digest.notices[0].alert.subject = "laptop";
    const auto body = body_of(digest);
    EXPECT_EQ(body["text"], "[v] info: Client never seen before: laptop");
    ASSERT_EQ(body["blocks"].size(), 2U);
    EXPECT_EQ(body["blocks"][0]["type"], "header");
    EXPECT_NE(body["blocks"][1]["text"]["text"].get<std::string>().find("This is a test"),
              std::string::npos);
}

TEST(Slack, ANameCannotCallEverybodyNorForgeALink) {
    Digest digest = sample_digest("host", "team", Timestamp::from_seconds(1));
    digest.sample = false;
    digest.notices[0].alert.subject = "<!channel> <http://evil|bank> & co";
    const auto body = body_of(digest);
    EXPECT_EQ(body["text"],
              "[v] info: Client never seen before: &lt;!channel&gt; &lt;http://evil|bank&gt; "
              "&amp; co");
    for (const auto& block : body["blocks"])
        EXPECT_EQ(block["text"]["type"], "plain_text");
}

TEST(Slack, ALongDigestStaysWithinSlacksLimits) {
    Digest digest = sample_digest("host", "team", Timestamp::from_seconds(1));
    digest.sample = false;
    digest.notices[0].alert.subject = std::string(5'000, 'x');
    digest.notices[0].alert.reason = std::string(5'000, 'y');
    digest.notices.resize(200, digest.notices[0]);
    const auto body = body_of(digest);
    EXPECT_LE(body["blocks"][0]["text"]["text"].get<std::string>().size(), 150U);
    EXPECT_LE(body["blocks"][1]["text"]["text"].get<std::string>().size(), 3'000U);
}

}  // namespace
}  // namespace vedette::notify
