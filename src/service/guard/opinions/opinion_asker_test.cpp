#include "service/guard/opinions/opinion_asker.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "detect/answer/test_answer.hpp"
#include "service/guard/opinions/test_resolver.hpp"

namespace vedette::service {
namespace {

using detect::test_message;
using detect::test_name;
using detect::TestAnswer;

class OpinionAskerTest : public testing::Test {
  protected:
    static TestResolver::Say says(const char* address) {
        return [address](ByteView query) {
            return std::vector<TestResolver::Bytes>{
                TestResolver::answer_to(query, test_message({.addresses = {address}}))};
        };
    }
    static OpinionSettings settings(std::initializer_list<const TestResolver*> servers) {
        OpinionSettings settings;
        for (const TestResolver* const server : servers)
            settings.resolvers.push_back({server->endpoint(), false, {}});
        return settings;
    }
    static EventBatch seen(const TestAnswer& answer) {
        EventBatch batch;
        DnsTransaction& event = batch.dns.emplace_back();
        event.kind = TransactionKind::Matched;
        event.query_time = event.response_time = Timestamp::from_seconds(1'795'262'400);
        event.client = *IpAddress::parse("10.0.0.7");
        event.server = *IpAddress::parse("198.51.100.53");
        event.response_packet = 7;
        event.qtype = answer.qtype;
        event.qclass = 1;
        event.query_flags = 0x0100;
        event.qname = batch.bytes.append(ByteView(test_name(answer.name)));
        event.response_message = batch.bytes.append(ByteView(test_message(answer)));
        return batch;
    }
    /// Waits for what the resolvers say; an empty batch when nothing comes.
    static EventBatch hear(OpinionAsker& asker) {
        EventBatch heard;
        for (int i = 0; i < 500 && !asker.take(heard); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return heard;
    }
};

TEST_F(OpinionAskerTest, BringsWhatEveryResolverSays) {
    TestResolver one(says("203.0.113.1"));
    TestResolver two(says("203.0.113.2"), "127.0.0.2");
    OpinionAsker asker(settings({&one, &two}));
    asker.offer(seen({.addresses = {"192.88.99.1"}}));
    const EventBatch heard = hear(asker);
    ASSERT_EQ(heard.opinions.size(), 1U);
    const SecondOpinion& opinion = heard.opinions[0];
    EXPECT_EQ(opinion.server.to_text(), "198.51.100.53");
    EXPECT_EQ(opinion.packet, 7U);
    ASSERT_EQ(opinion.count, 2);
    EXPECT_EQ(opinion.resolvers[1].to_text(), "127.0.0.2");
    const auto second = detect::read_answer(heard.bytes.view(opinion.answers[1]), 1);
    EXPECT_EQ(second.to_text(), "203.0.113.2");
    EXPECT_EQ(detect::read_answer(heard.bytes.view(opinion.seen), 1).to_text(), "192.88.99.1");
    EXPECT_EQ(asker.counts().asked, 1U);
    EXPECT_EQ(asker.counts().answers, 2U);
}

TEST_F(OpinionAskerTest, PrivateNamesReachNobody) {
    TestResolver one(says("203.0.113.1"));
    OpinionAsker asker(settings({&one, &one}));
    asker.offer(seen({.name = "nas.home.arpa", .addresses = {"203.0.113.1"}}));
    asker.offer(seen({.name = "db.example.com", .addresses = {"10.0.0.1"}}));
    asker.offer(seen({.name = "www.example.net", .addresses = {"203.0.113.1"}}));
    (void)hear(asker);  // when the third came back, the others would have too
    EXPECT_EQ(asker.counts().asked, 1U);
    EXPECT_EQ(one.asked(), 2U);
}

TEST_F(OpinionAskerTest, ASilentResolverIsCounted) {
    TestResolver one(says("203.0.113.1"));
    OpinionSettings wanted = settings({&one});
    // Nobody listens at the other one: the kernel says so at once.
    wanted.resolvers.push_back({{*IpAddress::parse("127.0.0.3"), 9}, false, {}});
    OpinionAsker asker(std::move(wanted));
    asker.offer(seen({.addresses = {"192.88.99.1"}}));
    const EventBatch heard = hear(asker);
    ASSERT_EQ(heard.opinions.size(), 1U);
    EXPECT_EQ(heard.opinions[0].count, 1);
    EXPECT_EQ(asker.counts().unanswered, 1U);
    EXPECT_EQ(asker.counts().trouble, "127.0.0.3:9 did not answer");
}

}  // namespace
}  // namespace vedette::service
