#include "detect/dhcp/dhcp_detector.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;

class DhcpDetectorTest : public testing::Test {
  protected:
    void use(Preset preset, std::vector<IpAddress> known = {}) {
        detector_ = make_dhcp_detector(DhcpSettings::of(preset), &policy_, known);
    }
    static DhcpMessage message(DhcpType type, std::int64_t second) {
        DhcpMessage event;
        event.time = Timestamp::from_seconds(kStart + second);
        event.type = type;
        event.op = type == 1 || type == 3 || type == 4 ? 1 : 2;
        event.client_mac = MacAddress::from_u64(0xa87cf8000001);
        event.packet = static_cast<std::uint64_t>(second) + 1;
        return event;
    }
    /// An OFFER or ACK of `server`, from the card `mac`.
    static DhcpMessage answer(const char* server, std::uint64_t mac, std::int64_t second,
                              DhcpType type = 2) {
        DhcpMessage event = message(type, second);
        event.server_ip = event.source = *IpAddress::parse(server);
        event.link_source = MacAddress::from_u64(mac);
        return event;
    }
    void feed(const DhcpMessage& event) {
        EventBatch batch;
        batch.dhcp.push_back(event);
        batch.watermark = event.time;
        detector_->observe(batch, found_);
    }
    void neighbour(const char* address, std::uint64_t mac, std::int64_t second) {
        EventBatch batch;
        batch.neighbours.push_back({Timestamp::from_seconds(kStart + second),
                                    *IpAddress::parse(address), MacAddress::from_u64(mac),
                                    MacSource::Arp});
        detector_->observe(batch, found_);
    }
    void list(PolicyVerdict verdict, std::string_view text) {
        PolicyEntry entry;
        entry.verdict = verdict;
        entry.subject = *parse_policy_subject(PolicyList::Resolvers, text);
        policy_.set(std::make_shared<const Policy>(std::vector{entry}, PolicyModes{},
                                                   Timestamp::from_seconds(kStart)));
    }

    PolicyHolder policy_;
    std::unique_ptr<Detector> detector_;
    std::vector<Finding> found_;
};

TEST_F(DhcpDetectorTest, TheSecondServerOfANetworkIsUnknown) {
    use(Preset::Normal);
    feed(answer("192.0.2.1", 0x64e833000001, 0));
    feed(answer("192.0.2.1", 0x64e833000001, 1, 5));
    EXPECT_TRUE(found_.empty());
    feed(answer("192.0.2.66", 0x02ab00000066, 2));
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::DhcpServerUnknown);
    EXPECT_EQ(found_[0].subject, "192.0.2.66 02:ab:00:00:00:66");
    EXPECT_NE(found_[0].reason.find("this network is served by 192.0.2.1"), std::string::npos);
    EXPECT_EQ(found_[0].packets, std::vector<std::uint64_t>{3});
    DhcpMessage other_vlan = answer("198.51.100.1", 0x64e833000002, 3);
    other_vlan.vlan = 20;
    feed(other_vlan);
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(DhcpDetectorTest, WhoTakesTheServersAddressIsUnknown) {
    use(Preset::Normal);
    feed(answer("192.0.2.1", 0x64e833000001, 0));
    feed(answer("192.0.2.1", 0x02ab00000066, 1));
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_NE(found_[0].reason.find("64:e8:33:00:00:01 speaks for that address"), std::string::npos)
        << found_[0].reason;
}

TEST_F(DhcpDetectorTest, BehindARelayCardsSayNothing) {
    use(Preset::Normal);
    for (std::uint64_t mac = 1; mac < 4; ++mac) {
        DhcpMessage relayed = answer("192.0.2.1", mac, 0);
        relayed.relay_ip = *IpAddress::parse("192.0.2.254");
        feed(relayed);
    }
    EXPECT_TRUE(found_.empty());
}

TEST_F(DhcpDetectorTest, ListsDecideBeforeOrder) {
    use(Preset::Normal);
    list(PolicyVerdict::Authorize, "192.0.2.2");
    feed(answer("192.0.2.1", 1, 0));
    feed(answer("192.0.2.2", 2, 1));
    EXPECT_TRUE(found_.empty());
    list(PolicyVerdict::Ban, "192.0.2.1");
    feed(answer("192.0.2.1", 1, 2));
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_NE(found_[0].reason.find("it is banned (entry 192.0.2.1)"), std::string::npos);
}

TEST_F(DhcpDetectorTest, AfterARestartTheFirstServerIsNotTrustedBlindly) {
    use(Preset::Normal, {*IpAddress::parse("192.0.2.1")});
    feed(answer("192.0.2.66", 0x66, 0));
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_NE(found_[0].reason.find("no earlier run"), std::string::npos) << found_[0].reason;
    feed(answer("192.0.2.1", 1, 1));
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(DhcpDetectorTest, OneCardWithManyAddressesStarvesTheServer) {
    use(Preset::Normal);
    for (std::uint64_t i = 0; i < 40; ++i) {
        DhcpMessage event = message(1, 0);
        event.client_mac = MacAddress::from_u64(0x020000000000 + i);
        event.link_source = MacAddress::from_u64(0x64e833000009);
        feed(event);
    }
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::DhcpStarvation);
    EXPECT_EQ(found_[0].subject, "64:e8:33:00:00:09");
}

TEST_F(DhcpDetectorTest, ManyAddressesAtOnceStarveTheServerToo) {
    use(Preset::Normal);
    for (std::uint64_t i = 0; i < 200; ++i) {
        DhcpMessage event = message(1, 0);
        event.client_mac = event.link_source = MacAddress::from_u64(0x020000000000 + i * 7);
        feed(event);
    }
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].subject, "network");
}

TEST_F(DhcpDetectorTest, AQuietOfficeInTheMorningDoesNot) {
    use(Preset::Normal);
    for (std::uint64_t i = 0; i < 600; ++i) {  // five clients a second for two minutes
        DhcpMessage event = message(1, static_cast<std::int64_t>(i / 5));
        event.client_mac = event.link_source = MacAddress::from_u64(0x020000000000 + i);
        feed(event);
    }
    EXPECT_TRUE(found_.empty());
}

TEST_F(DhcpDetectorTest, ConflictsAreDeclinesAndAddressesThatGoToAndFro) {
    use(Preset::Normal);
    DhcpMessage decline = message(4, 0);
    decline.requested_ip = *IpAddress::parse("192.0.2.30");
    feed(decline);
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].subject, "192.0.2.30");
    EXPECT_EQ(found_[0].filter, "message:decline client:" + decline.client_mac.to_text());
    decline.requested_ip = {};
    feed(decline);  // does not say which address
    neighbour("192.0.2.40", 0xa, 10);
    neighbour("192.0.2.40", 0xb, 11);  // a replaced card
    EXPECT_EQ(found_.size(), 1U);
    neighbour("192.0.2.40", 0xa, 12);
    neighbour("192.0.2.40", 0xb, 13);
    neighbour("192.0.2.40", 0xa, 14);
    ASSERT_EQ(found_.size(), 2U);
    EXPECT_EQ(found_[1].kind, FindingKind::DhcpConflict);
    EXPECT_EQ(found_[1].subject, "192.0.2.40");
}

TEST_F(DhcpDetectorTest, MemoryHoldsUnderAMillionSourcesAndServers) {
    use(Preset::Strict);
    const std::size_t before = detector_->memory_bytes();
    EventBatch batch;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        DhcpMessage event = message(i % 2 == 0 ? 1 : 2, static_cast<std::int64_t>(i / 10'000));
        event.client_mac = event.link_source = MacAddress::from_u64(mix64(i) >> 16U);
        event.server_ip = event.source = IpAddress::from_v4(static_cast<std::uint32_t>(mix64(i)));
        event.vlan = static_cast<std::uint16_t>(i);
        batch.dhcp.push_back(event);
        batch.watermark = event.time;
        if (batch.dhcp.size() < 1'000) continue;
        detector_->observe(batch, found_);
        batch.clear();
        found_.clear();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 16U << 20U);
}

}  // namespace
}  // namespace vedette::detect
