#include "service/guard/opinions/opinion_resolver.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "detect/answer/test_answer.hpp"
#include "service/guard/opinions/test_resolver.hpp"
#include "wire/dns/message.hpp"

namespace vedette::service {
namespace {

using detect::test_message;
using detect::test_name;

std::string parsed(std::string_view text) {
    const auto resolver = OpinionResolver::parse(text);
    if (!resolver) return "nothing";
    return (resolver->tls ? "tls " : "plain ") + resolver->endpoint.to_text() + " " +
           resolver->name;
}

TEST(OpinionResolver, ReadsWhatPeopleType) {
    EXPECT_EQ(parsed("192.0.2.53"), "plain 192.0.2.53:53 ");
    EXPECT_EQ(parsed("[2001:db8::53]:5353"), "plain [2001:db8::53]:5353 ");
    EXPECT_EQ(parsed("tls://192.0.2.53"), "tls 192.0.2.53:853 ");
    EXPECT_EQ(parsed("tls://192.0.2.53:8853#dns.example.net"),
              "tls 192.0.2.53:8853 dns.example.net");
    for (const char* const bad :
         {"", "dns.example.net", "192.0.2.53:0", "192.0.2.53#name", "tls://", "tls://192.0.2.1#",
          "https://192.0.2.1", "192.0.2.53:70000"}) {
        EXPECT_EQ(parsed(bad), "nothing") << bad;
    }
}

TEST(OpinionResolver, AsksOneQuestion) {
    const auto query = opinion_query(test_name("www.example.com"), 28, 0xbeef);
    const auto view = wire::dns::MessageView::inspect(ByteView(query));
    EXPECT_FALSE(view.damage()) << wire::info(view.damage().id).id;
    EXPECT_EQ(view.header().id, 0xbeef);
    EXPECT_EQ(view.header().flags, wire::dns::kFlagRd);
    EXPECT_EQ(view.question_type(), 28);
    EXPECT_TRUE(view.edns().present);
    EXPECT_EQ(view.edns().udp_size, 1'232);
    EXPECT_FALSE(view.edns().has_client_subnet);
}

class AskTest : public testing::Test {
  protected:
    Result<std::vector<std::uint8_t>> ask(TestResolver& server, Duration patience) {
        OpinionResolver resolver;
        resolver.endpoint = server.endpoint();
        return ask_resolver({resolver, nullptr, patience}, query_);
    }
    std::vector<std::uint8_t> query_ = opinion_query(test_name("www.example.com"), 1, 0x1234);
    const std::vector<std::uint8_t> answer_ = test_message({.addresses = {"203.0.113.1"}});
};

TEST_F(AskTest, TakesTheAnswerThatFits) {
    TestResolver server([&](ByteView query) {
        auto wrong_id = TestResolver::answer_to(query, answer_);
        wrong_id[1] ^= 1;
        const auto other_name = test_message({.name = "b.example.com"});
        return std::vector<TestResolver::Bytes>{wrong_id,
                                                TestResolver::answer_to(query, other_name),
                                                TestResolver::answer_to(query, answer_)};
    });
    const auto said = ask(server, Duration::seconds(5));
    ASSERT_TRUE(said) << said.error().text;
    EXPECT_EQ(*said, TestResolver::answer_to(query_, answer_));
}

TEST_F(AskTest, SaysWhoDidNotAnswer) {
    TestResolver server([](ByteView) { return std::vector<std::vector<std::uint8_t>>{}; });
    const auto said = ask(server, Duration::millis(50));
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().text, server.endpoint().to_text() + " did not answer");
}

TEST_F(AskTest, EndsWhenToldTo) {
    TestResolver server([](ByteView) { return std::vector<std::vector<std::uint8_t>>{}; });
    OpinionResolver resolver;
    resolver.endpoint = server.endpoint();
    const std::atomic<bool> stop{true};
    EXPECT_FALSE(ask_resolver({resolver, nullptr, Duration::seconds(60), &stop}, query_));
}

TEST_F(AskTest, AsksAgainOverTcpWhenItWasCut) {
    TestResolver server([&](ByteView query) {
        auto cut = TestResolver::answer_to(query, answer_);
        cut[2] |= 0x02;
        return std::vector<TestResolver::Bytes>{cut};
    });
    server.listen_tcp([&](ByteView query) { return TestResolver::answer_to(query, answer_); });
    const auto said = ask(server, Duration::seconds(5));
    ASSERT_TRUE(said) << said.error().text;
    EXPECT_EQ(*said, TestResolver::answer_to(query_, answer_));
}

}  // namespace
}  // namespace vedette::service
