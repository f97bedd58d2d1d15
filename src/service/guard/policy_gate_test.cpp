#include "service/guard/policy_gate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette::service {
namespace {

constexpr Timestamp kNow = Timestamp::from_seconds(1'795'262'400);
const MacAddress kMac = *MacAddress::parse("a8:7c:f8:00:00:01");

class PolicyGateTest : public testing::Test {
  protected:
    void list(PolicyList list, PolicyVerdict verdict, std::string_view text) {
        PolicyEntry entry;
        entry.list = list;
        entry.verdict = verdict;
        entry.subject = *parse_policy_subject(list, text);
        entries_.push_back(entry);
        publish();
    }
    void mode(PolicyList list, PolicyMode mode) {
        modes_[static_cast<std::size_t>(list)] = mode;
        publish();
    }
    void publish() { holder_.set(std::make_shared<const Policy>(entries_, modes_, kNow)); }

    std::uint16_t query(const char* server, const char* client = "192.0.2.7",
                        std::uint16_t vlan = 0) {
        EventBatch batch;
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_time = kNow;
        event.client = *IpAddress::parse(client);
        event.server = *IpAddress::parse(server);
        event.client_mac = kMac;
        event.mac_source = MacSource::Link;
        event.vlan = vlan;
        gate_.mark(batch);
        return batch.dns[0].marks;
    }
    /// An ACK of `giver` that hands out one DNS server.
    std::uint16_t ack(const char* giver, const char* dns, std::uint16_t vlan = 0) {
        EventBatch batch;
        DhcpMessage& event = batch.dhcp.emplace_back();
        event.time = kNow;
        event.op = 2;
        event.type = 5;
        event.server_ip = *IpAddress::parse(giver);
        event.client_mac = kMac;
        event.vlan = vlan;
        event.dns_servers = batch.bytes.append(IpAddress::parse(dns)->bytes());
        gate_.mark(batch);
        return batch.dhcp[0].marks;
    }

    std::vector<PolicyEntry> entries_;
    PolicyModes modes_{};
    PolicyHolder holder_;
    PolicyGate gate_{holder_};
};

TEST_F(PolicyGateTest, ABanListMarksWhatItNames) {
    list(PolicyList::Resolvers, PolicyVerdict::Ban, "198.51.100.0/24");
    EXPECT_EQ(query("198.51.100.53"), DnsMarks::kPolicyBanned);
    EXPECT_EQ(query("203.0.113.53"), 0);
    list(PolicyList::Clients, PolicyVerdict::Ban, "a8:7c:f8");
    EXPECT_EQ(query("203.0.113.53"), DnsMarks::kClientBanned);
    EXPECT_EQ(ack("192.0.2.1", "192.0.2.53"), DnsMarks::kClientBanned);
}

TEST_F(PolicyGateTest, AnAllowListMarksWhatNobodyAuthorized) {
    mode(PolicyList::Resolvers, {.allow_list = true, .learn_until = {}});
    list(PolicyList::Resolvers, PolicyVerdict::Authorize, "192.0.2.53");
    EXPECT_EQ(query("192.0.2.53"), 0);
    EXPECT_EQ(query("198.51.100.53"), DnsMarks::kPolicyUnlisted);
    EXPECT_EQ(query("198.51.100.53", "192.0.2.53"), 0);  // a resolver asks whom it must
    EXPECT_EQ(query("224.0.0.251"), 0);
}

TEST_F(PolicyGateTest, WhatDhcpHandsOutIsAuthorizedInItsNetworkOnly) {
    mode(PolicyList::Resolvers, {.allow_list = true, .learn_until = {}});
    EXPECT_EQ(query("192.0.2.53"), DnsMarks::kPolicyUnlisted);
    ack("192.0.2.1", "192.0.2.53");
    EXPECT_EQ(query("192.0.2.53"), 0);
    EXPECT_EQ(query("192.0.2.53", "192.0.2.7", 20), DnsMarks::kPolicyUnlisted);
}

TEST_F(PolicyGateTest, EncryptedDnsToWhatDhcpHandsOutIsNoWayAround) {
    const auto encrypted = [&](const char* server) {
        EventBatch batch;
        EncryptedSighting& seen = batch.encrypted.emplace_back();
        seen.client = *IpAddress::parse("192.0.2.7");
        seen.server = *IpAddress::parse(server);
        seen.port = 853;
        gate_.mark(batch);
        return batch.encrypted.size();
    };
    EXPECT_EQ(encrypted("192.0.2.53"), 1U);
    ack("192.0.2.1", "192.0.2.53");
    EXPECT_EQ(encrypted("192.0.2.53"), 0U);
    EXPECT_EQ(encrypted("192.0.2.54"), 1U);
    list(PolicyList::Resolvers, PolicyVerdict::Ban, "192.0.2.53");
    EXPECT_EQ(encrypted("192.0.2.53"), 1U);
}

TEST_F(PolicyGateTest, ASecondDhcpServerAuthorizesNothing) {
    mode(PolicyList::Resolvers, {.allow_list = true, .learn_until = {}});
    ack("192.0.2.1", "192.0.2.53");
    ack("192.0.2.66", "203.0.113.66");
    EXPECT_EQ(query("203.0.113.66"), DnsMarks::kPolicyUnlisted);
    list(PolicyList::Resolvers, PolicyVerdict::Authorize, "192.0.2.66");
    ack("192.0.2.66", "203.0.113.66");
    EXPECT_EQ(query("203.0.113.66"), 0);
}

TEST_F(PolicyGateTest, LearningProposesOnceAndMarksNothing) {
    mode(PolicyList::Resolvers, {.allow_list = true, .learn_until = kNow + Duration::seconds(9)});
    mode(PolicyList::Clients, {.allow_list = true, .learn_until = kNow + Duration::seconds(9)});
    EXPECT_EQ(query("198.51.100.53"), 0);
    EXPECT_EQ(query("198.51.100.53"), 0);
    const auto proposals = gate_.take_proposals();
    ASSERT_EQ(proposals.size(), 2U);
    EXPECT_EQ(proposals[0].subject.text, "198.51.100.53");
    EXPECT_EQ(proposals[0].seen, "asked by 192.0.2.7");
    EXPECT_EQ(proposals[1].subject.text, kMac.to_text());
    EXPECT_TRUE(gate_.take_proposals().empty());
}

TEST_F(PolicyGateTest, ABannedNameLeadsToItsAddresses) {
    list(PolicyList::Resolvers, PolicyVerdict::Ban, "dns.example");
    EXPECT_EQ(query("203.0.113.9"), 0);
    EventBatch batch;
    DnsTransaction& event = batch.dns.emplace_back();
    event.query_time = event.response_time = kNow;
    event.server = *IpAddress::parse("192.0.2.53");
    event.qtype = 1;
    constexpr std::string_view kName("\3DNS\7example\0", 13);
    event.qname = batch.bytes.append(kName);
    std::string message("\0\1\x81\x80\0\1\0\1\0\0\0\0", 12);
    message += std::string(kName) + std::string("\0\1\0\1", 4);
    message += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\x09", 16);  // 203.0.113.9
    event.response_message = batch.bytes.append(message);
    gate_.mark(batch);
    EXPECT_EQ(query("203.0.113.9"), DnsMarks::kPolicyBanned);
    EXPECT_EQ(query("203.0.113.10"), 0);
}

TEST_F(PolicyGateTest, MemoryHoldsUnderAMillionSources) {
    mode(PolicyList::Resolvers, {.allow_list = true, .learn_until = kNow + Duration::seconds(9)});
    mode(PolicyList::Clients, {.allow_list = true, .learn_until = kNow + Duration::seconds(9)});
    const std::size_t before = gate_.memory_bytes();
    EventBatch batch;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_time = kNow;
        event.server = IpAddress::from_v4(static_cast<std::uint32_t>(mix64(i)));
        event.client_mac = MacAddress::from_u64(mix64(i) >> 16U);
        event.mac_source = MacSource::Link;
        if (batch.dns.size() < 1'000) continue;
        gate_.mark(batch);
        batch.clear();
    }
    EXPECT_EQ(gate_.memory_bytes(), before);
    EXPECT_LE(gate_.take_proposals().size(), PolicyGate::kMaxProposals);
    EXPECT_LT(before, 16U << 20U);
}

}  // namespace
}  // namespace vedette::service
