#include "detect/resolver_policy/resolver_policy_detector.hpp"

#include <gtest/gtest.h>

#include <string>

#include "detect/resolver_policy/known_resolvers.hpp"

namespace vedette::detect {
namespace {

constexpr Timestamp kStart = Timestamp::from_seconds(1'795'262'400);

class ResolverPolicyTest : public testing::Test {
  protected:
    void use(Preset preset) {
        detector_ = make_resolver_policy_detector(ResolverPolicySettings::of(preset), &policy_);
    }
    void list(PolicyVerdict verdict, std::string_view text, std::string reason = "") {
        PolicyEntry entry;
        entry.verdict = verdict;
        entry.subject = *parse_policy_subject(PolicyList::Resolvers, text);
        entry.reason = std::move(reason);
        policy_.set(std::make_shared<const Policy>(std::vector{entry}, PolicyModes{}, kStart));
    }
    void query(std::uint16_t marks, const char* server = "198.51.100.53",
               std::string_view qname = "") {
        EventBatch batch;
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_time = kStart;
        event.client = *IpAddress::parse("192.0.2.7");
        event.server = *IpAddress::parse(server);
        event.marks = marks;
        event.qtype = 1;
        event.query_packet = 4;
        event.qname = batch.bytes.append(qname);
        batch.watermark = kStart;
        detector_->observe(batch, found_);
    }
    void connect(const char* server, std::uint16_t port, std::string_view name = "",
                 bool quic = false) {
        EventBatch batch;
        EncryptedSighting& seen = batch.encrypted.emplace_back();
        seen.time = kStart;
        seen.client = *IpAddress::parse("192.0.2.7");
        seen.server = *IpAddress::parse(server);
        seen.port = port;
        seen.quic = quic;
        seen.server_name = batch.bytes.append(name);
        batch.watermark = kStart;
        detector_->observe(batch, found_);
    }

    PolicyHolder policy_;
    std::unique_ptr<Detector> detector_;
    std::vector<Finding> found_;
};

TEST_F(ResolverPolicyTest, MarkedQueriesAreOneFindingAClientAndServer) {
    use(Preset::Normal);
    list(PolicyVerdict::Ban, "198.51.100.0/24", "leaks");
    for (int i = 0; i < 10; ++i)
        query(DnsMarks::kPolicyBanned);
    query(0, "203.0.113.1");
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::ResolverBanned);
    EXPECT_EQ(found_[0].severity, Severity::High);
    EXPECT_EQ(found_[0].subject, "192.0.2.7 198.51.100.53");
    EXPECT_NE(found_[0].reason.find("(entry 198.51.100.0/24: leaks)"), std::string::npos);
    query(DnsMarks::kPolicyUnlisted);
    ASSERT_EQ(found_.size(), 2U);
    EXPECT_EQ(found_[1].kind, FindingKind::ResolverUnauthorized);
}

TEST_F(ResolverPolicyTest, EncryptedDnsIsSeenByPortNameAndAddress) {
    use(Preset::Normal);
    connect("203.0.113.1", 853);
    connect("203.0.113.2", 853, "", true);
    connect("203.0.113.3", 443, "Chrome.Cloudflare-DNS.com");
    connect("8.8.8.8", 443);
    connect("203.0.113.4", 443, "www.example.com");
    connect("203.0.113.5", 443);
    ASSERT_EQ(found_.size(), 4U);
    for (const Finding& finding : found_)
        EXPECT_EQ(finding.kind, FindingKind::ResolverEncrypted);
    EXPECT_NE(found_[0].reason.find("DNS over TLS"), std::string::npos);
    EXPECT_NE(found_[1].reason.find("DNS over QUIC"), std::string::npos);
    EXPECT_NE(found_[2].reason.find("DNS over HTTPS, a resolver of Cloudflare"), std::string::npos);
    EXPECT_NE(found_[3].reason.find("Google"), std::string::npos);
}

TEST_F(ResolverPolicyTest, ListsHoldForEncryptedDnsToo) {
    use(Preset::Quiet);
    list(PolicyVerdict::Ban, "dns.example");
    connect("203.0.113.1", 443, "a.dns.example");
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::ResolverBanned);
    use(Preset::Strict);
    list(PolicyVerdict::Authorize, "203.0.113.0/24");
    connect("203.0.113.1", 853);
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(ResolverPolicyTest, BootstrapNamesAreToldWhenStrictOrBanned) {
    constexpr std::string_view kGoogle("\3dns\6google\0", 12);
    use(Preset::Normal);
    query(0, "198.51.100.53", kGoogle);
    EXPECT_TRUE(found_.empty());
    list(PolicyVerdict::Ban, "dns.google");
    query(0, "198.51.100.53", kGoogle);
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::ResolverBanned);
    EXPECT_EQ(found_[0].subject, "192.0.2.7 dns.google");
    use(Preset::Strict);
    list(PolicyVerdict::Ban, "other.example");
    query(0, "198.51.100.53", kGoogle);
    EXPECT_EQ(found_.back().kind, FindingKind::ResolverEncrypted);
}

TEST_F(ResolverPolicyTest, MemoryHoldsUnderAMillionSources) {
    use(Preset::Strict);
    const std::size_t before = detector_->memory_bytes();
    EventBatch batch;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_time = kStart;
        event.client = IpAddress::from_v4(static_cast<std::uint32_t>(mix64(i)));
        event.server = IpAddress::from_v4(static_cast<std::uint32_t>(i));
        event.marks = DnsMarks::kPolicyBanned;
        if (batch.dns.size() < 1'000) continue;
        detector_->observe(batch, found_);
        batch.clear();
        found_.clear();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 16U << 20U);
}

TEST(KnownResolvers, AreFoundByAddressAndByNamesBelow) {
    EXPECT_EQ(known_resolver(*IpAddress::parse("9.9.9.9")), "Quad9");
    EXPECT_EQ(known_resolver(*IpAddress::parse("2606:4700:4700::1111")), "Cloudflare");
    EXPECT_EQ(known_resolver(*IpAddress::parse("192.0.2.1")), "");
    EXPECT_EQ(known_resolver_name("abc123.dns.nextdns.io"), "NextDNS");
    EXPECT_EQ(known_resolver_name("google.com"), "");
    EXPECT_EQ(known_resolver_name(""), "");
}

}  // namespace
}  // namespace vedette::detect
