#include "notify/webhook/webhook_channel.hpp"

#include <gtest/gtest.h>

namespace vedette::notify {
namespace {

// RFC 4231, test cases 2 and 6 (a key longer than a block).
TEST(BodySignature, IsHmacSha256) {
    EXPECT_EQ(body_signature("Jefe", "what do ya want for nothing?"),
              "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(body_signature(std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First"),
              "sha256=60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Webhook, AMissingSecretFileIsTold) {
    const auto channel = make_webhook_channel({.url = "http://127.0.0.1:9/",
                                               .url_file = {},
                                               .headers = {},
                                               .user = {},
                                               .password_file = {},
                                               .token_file = "/nonexistent/token",
                                               .hmac_key_file = {},
                                               .tls = {}});
    const Outcome outcome = channel->send(sample_digest("h", "t", Timestamp{0}), {});
    EXPECT_EQ(outcome.verdict, Outcome::Verdict::Failed);
    EXPECT_NE(outcome.text.find("/nonexistent/token"), std::string::npos);
}

}  // namespace
}  // namespace vedette::notify
