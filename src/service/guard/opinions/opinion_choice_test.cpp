#include "service/guard/opinions/opinion_choice.hpp"

#include <gtest/gtest.h>

#include "detect/answer/test_answer.hpp"
#include "render/name_text.hpp"

namespace vedette::service {
namespace {

using detect::test_message;
using detect::test_name;
using detect::TestAnswer;

constexpr std::int64_t kStart = 1'795'262'400;
const IpAddress kResolver = *IpAddress::parse("192.0.2.1");

class OpinionChoiceTest : public testing::Test {
  protected:
    DnsTransaction event_of(const TestAnswer& answer) const {
        DnsTransaction event;
        event.kind = TransactionKind::Matched;
        event.query_time = event.response_time = Timestamp::from_seconds(kStart + second_);
        event.client = *IpAddress::parse("10.0.0.7");
        event.server = *IpAddress::parse("198.51.100.53");
        event.qtype = answer.qtype;
        event.qclass = 1;
        event.query_flags = 0x0100;
        return event;
    }
    bool take(const TestAnswer& answer) { return take(answer, event_of(answer)); }
    bool take(const TestAnswer& answer, const DnsTransaction& event) {
        return choice_.take(event, test_name(answer.name), test_message(answer));
    }
    bool take_name(const char* name) { return take({.name = name, .addresses = {"203.0.113.1"}}); }

    OpinionChoice choice_{
        {.per_minute = 5}, {kResolver}, {*render::parse_name("corp.example.com")}};
    std::int64_t second_ = 0;
};

TEST_F(OpinionChoiceTest, APublicAnswerIsAskedOnceAnHour) {
    EXPECT_TRUE(take_name("www.example.com"));
    EXPECT_FALSE(take_name("www.example.com"));
    EXPECT_FALSE(take_name("WWW.Example.com"));
    second_ = 3'599;
    EXPECT_FALSE(take_name("www.example.com"));
    second_ = 3'600;
    EXPECT_TRUE(take_name("www.example.com"));
}

TEST_F(OpinionChoiceTest, NamesOfOneDomainAreAskedOneAMinute) {
    EXPECT_TRUE(take_name("a.example.com"));
    EXPECT_FALSE(take_name("b.example.com"));
    EXPECT_TRUE(take_name("b.example.org"));
    second_ = 60;
    EXPECT_TRUE(take_name("b.example.com"));
}

TEST_F(OpinionChoiceTest, NoMoreThanSoManyAMinute) {
    int taken = 0;
    for (int i = 0; i < 20; ++i) {
        taken += take_name(("www.example" + std::to_string(i) + ".com").c_str()) ? 1 : 0;
    }
    EXPECT_EQ(taken, 5);
    second_ = 60;
    EXPECT_TRUE(take_name("www.example19.com"));
}

TEST_F(OpinionChoiceTest, PrivateNamesStayHome) {
    for (const char* const name :
         {"nas.local", "printer.lan", "router.home.arpa", "7.0.0.10.in-addr.arpa", "db.internal",
          "localhost", "x.localhost", "wpad", "a.onion", "host.example", "www.corp.example.com",
          "corp.example.com", "WWW.CORP.example.com", "com", "x.test", "x.corp"}) {
        EXPECT_FALSE(take_name(name)) << name;
    }
    EXPECT_TRUE(take_name("notcorp.example.com"));  // a suffix ends at a label
}

TEST_F(OpinionChoiceTest, NamesThatLeadInsideStayHome) {
    EXPECT_FALSE(take({.addresses = {"10.0.0.1"}}));
    EXPECT_FALSE(take({.addresses = {"203.0.113.1", "192.168.1.1"}}));
    EXPECT_FALSE(take({.qtype = detect::kTypeAaaa, .addresses = {"fd00::1"}}));
    EXPECT_TRUE(take({.addresses = {"0.0.0.0"}}));
    EXPECT_TRUE(take({.name = "b.example.net", .rcode = 3}));
    EXPECT_FALSE(take({.name = "c.example.org", .qtype = detect::kTypeAaaa}));
    EXPECT_FALSE(take({.name = "d.example.org", .rcode = 2}));
}

TEST_F(OpinionChoiceTest, DataInNamesIsNotCarriedFurther) {
    const std::string label(40, 'x');
    EXPECT_FALSE(take_name((label + "." + label + ".example.com").c_str()));
    EXPECT_TRUE(take_name((label + ".example.com").c_str()));
}

TEST_F(OpinionChoiceTest, OnlyQuestionsToResolversThatAreNotAskedAnyway) {
    const TestAnswer answer{.addresses = {"203.0.113.1"}};
    const auto refused = [&](auto change) {
        DnsTransaction event = event_of(answer);
        change(event);
        return !take(answer, event);
    };
    EXPECT_TRUE(refused([](auto& e) { e.server = kResolver; }));
    EXPECT_TRUE(refused([](auto& e) { e.client = kResolver; }));
    EXPECT_TRUE(refused([](auto& e) { e.query_flags = 0; }));  // a resolver at work
    EXPECT_TRUE(refused([](auto& e) { e.kind = TransactionKind::Orphan; }));
    EXPECT_TRUE(refused([](auto& e) { e.protocol = DnsProtocol::Mdns; }));
    EXPECT_TRUE(refused([](auto& e) { e.qtype = 16; }));
    EXPECT_TRUE(refused([](auto& e) { e.qclass = 3; }));
    EXPECT_FALSE(refused([](auto&) {}));
}

}  // namespace
}  // namespace vedette::service
