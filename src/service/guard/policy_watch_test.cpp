#include "service/guard/policy_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace vedette::service {
namespace {

namespace fs = std::filesystem;
constexpr Timestamp kNow = Timestamp::from_seconds(1'795'262'400);

class TestClock final : public Clock {
  public:
    Timestamp now() const noexcept override { return time; }
    Timestamp time = kNow;
};

class PolicyWatchTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("vedette-watch-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    store::PolicyStore open() { return *store::PolicyStore::open(folder_ / "policy.db"); }
    static PolicyEntry ban(std::string_view text) {
        PolicyEntry entry;
        entry.verdict = PolicyVerdict::Ban;
        entry.subject = *parse_policy_subject(PolicyList::Resolvers, text);
        entry.created = kNow;
        return entry;
    }
    std::uint16_t query(PolicyWatch& watch, const char* server) {
        EventBatch batch;
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_time = clock_.time;
        event.client = *IpAddress::parse("192.0.2.7");
        event.server = *IpAddress::parse(server);
        watch.mark(batch);
        return batch.dns[0].marks;
    }
    void pass(std::int64_t millis) { clock_.time = clock_.time + Duration::millis(millis); }

    fs::path folder_;
    TestClock clock_;
};

TEST_F(PolicyWatchTest, AChangeByAnotherProcessHoldsWithinASecond) {
    store::PolicyStore other = open();
    auto watch = PolicyWatch::start(open(), clock_);
    ASSERT_TRUE(watch) << watch.error().text;
    EXPECT_EQ(query(**watch, "192.0.2.1"), 0);
    ASSERT_TRUE(other.put(ban("192.0.2.1")));
    pass(1'000);
    EXPECT_EQ(query(**watch, "192.0.2.1"), DnsMarks::kPolicyBanned);
    ASSERT_TRUE(other.remove(PolicyList::Resolvers, "192.0.2.1"));
    pass(1'000);
    EXPECT_EQ(query(**watch, "192.0.2.1"), 0);
    EXPECT_FALSE((*watch)->complaint());
}

TEST_F(PolicyWatchTest, AnEntryRunsOutByItself) {
    PolicyEntry brief = ban("192.0.2.1");
    brief.expires = kNow + Duration::seconds(10);
    ASSERT_TRUE(open().put(brief));
    auto watch = PolicyWatch::start(open(), clock_);
    EXPECT_EQ(query(**watch, "192.0.2.1"), DnsMarks::kPolicyBanned);
    pass(9'000);
    EXPECT_EQ(query(**watch, "192.0.2.1"), DnsMarks::kPolicyBanned);
    pass(1'000);
    EXPECT_EQ(query(**watch, "192.0.2.1"), 0);
}

TEST_F(PolicyWatchTest, WhatDhcpHandsOutIsRememberedWhenAsked) {
    ASSERT_TRUE(open().set_mode(PolicyList::Resolvers, {.allow_list = true, .learn_until = {}}));
    EventBatch lease;
    DhcpMessage& ack = lease.dhcp.emplace_back();
    ack.time = kNow;
    ack.op = 2;
    ack.type = 5;
    ack.server_ip = *IpAddress::parse("192.0.2.1");
    ack.dns_servers = lease.bytes.append(IpAddress::parse("192.0.2.53")->bytes());
    const auto run = [&](PolicyWatch::Baselines baselines, bool hands_out) {
        auto watch = PolicyWatch::start(open(), clock_, baselines);
        if (hands_out) (*watch)->mark(lease);
        (*watch)->flush();
        EXPECT_FALSE((*watch)->complaint());
        return query(**watch, "192.0.2.53");
    };
    using enum PolicyWatch::Baselines;
    EXPECT_EQ(run(OfThisRun, true), 0);
    EXPECT_EQ(run(Kept, false), DnsMarks::kPolicyUnlisted);  // a capture leaves nothing behind
    EXPECT_EQ(run(Kept, true), 0);
    EXPECT_EQ(run(Kept, false), 0);
    EXPECT_EQ(run(OfThisRun, false), DnsMarks::kPolicyUnlisted);  // and starts with nothing
    pass(31 * 86'400'000LL);
    EXPECT_EQ(run(Kept, false), DnsMarks::kPolicyUnlisted);
}

TEST_F(PolicyWatchTest, WhatIsLearnedIsWrittenDown) {
    store::PolicyStore other = open();
    ASSERT_TRUE(other.set_mode(PolicyList::Resolvers, {true, kNow + Duration::seconds(60)}));
    auto watch = PolicyWatch::start(open(), clock_);
    EXPECT_EQ(query(**watch, "198.51.100.53"), 0);
    pass(1'000);
    (*watch)->poll();
    const auto entries = other.entries();
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ((*entries)[0].verdict, PolicyVerdict::Proposed);
    EXPECT_EQ((*entries)[0].subject.text, "198.51.100.53");
    pass(60'000);  // learning is over: what was only proposed is wrong
    EXPECT_EQ(query(**watch, "198.51.100.53"), DnsMarks::kPolicyUnlisted);
    ASSERT_TRUE(other.accept(PolicyList::Resolvers, "ada"));
    pass(1'000);
    EXPECT_EQ(query(**watch, "198.51.100.53"), 0);
}

}  // namespace
}  // namespace vedette::service
