#include "detect/client_policy/client_policy_detector.hpp"

#include <gtest/gtest.h>

namespace vedette::detect {
namespace {

constexpr Timestamp kStart = Timestamp::from_seconds(1'795'262'400);
const MacAddress kMac = *MacAddress::parse("a8:7c:f8:00:00:01");

TEST(ClientPolicy, ALeaseOfABannedMacAndItsQueriesAreOneFinding) {
    PolicyHolder policy;
    PolicyEntry entry;
    entry.list = PolicyList::Clients;
    entry.verdict = PolicyVerdict::Ban;
    entry.subject = *parse_policy_subject(PolicyList::Clients, "a8:7c:f8");
    entry.reason = "stolen";
    policy.set(std::make_shared<const Policy>(std::vector{entry}, PolicyModes{}, kStart));
    const auto detector = make_client_policy_detector({}, &policy);
    EventBatch batch;
    DhcpMessage& lease = batch.dhcp.emplace_back();
    lease.time = kStart;
    lease.client_mac = kMac;
    lease.marks = DnsMarks::kClientBanned;
    lease.your_ip = *IpAddress::parse("192.0.2.21");
    lease.server_ip = *IpAddress::parse("192.0.2.1");
    lease.packet = 5;
    DnsTransaction& query = batch.dns.emplace_back();
    query.query_time = kStart;
    query.client_mac = kMac;
    query.marks = DnsMarks::kClientBanned;
    batch.watermark = kStart;
    std::vector<Finding> found;
    detector->observe(batch, found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, FindingKind::ClientBanned);
    EXPECT_EQ(found[0].subject, kMac.to_text());
    EXPECT_EQ(found[0].client.to_text(), "192.0.2.21");
    EXPECT_NE(found[0].reason.find("was given an address; it is banned (entry a8:7c:f8: stolen)"),
              std::string::npos)
        << found[0].reason;
    EXPECT_EQ(found[0].packets, std::vector<std::uint64_t>{5});
    found.clear();
    detector->advance(kStart + Duration::seconds(3'600), found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].phase, FindingPhase::Ended);
}

TEST(ClientPolicy, UnlistedIsUnauthorizedAndUnmarkedIsNothing) {
    const auto detector = make_client_policy_detector({}, nullptr);
    EventBatch batch;
    for (const std::uint16_t marks : {std::uint16_t{0}, DnsMarks::kClientUnlisted}) {
        DnsTransaction& query = batch.dns.emplace_back();
        query.query_time = kStart;
        query.client_mac = kMac;
        query.marks = marks;
    }
    std::vector<Finding> found;
    detector->observe(batch, found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, FindingKind::ClientUnauthorized);
}

TEST(ClientPolicy, MemoryHoldsUnderAMillionAddresses) {
    const auto detector = make_client_policy_detector({}, nullptr);
    const std::size_t before = detector->memory_bytes();
    EventBatch batch;
    std::vector<Finding> found;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        DnsTransaction& query = batch.dns.emplace_back();
        query.query_time = kStart;
        query.client_mac = MacAddress::from_u64(mix64(i) >> 16U);
        query.marks = DnsMarks::kClientBanned;
        if (batch.dns.size() < 1'000) continue;
        detector->observe(batch, found);
        batch.clear();
        found.clear();
    }
    EXPECT_EQ(detector->memory_bytes(), before);
    EXPECT_LT(before, 8U << 20U);
}

}  // namespace
}  // namespace vedette::detect
