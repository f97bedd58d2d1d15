#include "service/guard/baseline.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette::service {
namespace {

constexpr Timestamp kNow = Timestamp::from_seconds(1'795'262'400);

/// What a DHCP server says; empty texts are left out.
struct Ack {
    const char* giver = "192.0.2.1";
    const char* address = "192.0.2.50";
    const char* mask = "255.255.255.0";
    const char* dns = "192.0.2.53";
    const char* relay = "";
    std::uint16_t vlan = 0;
    const char* sensor = "";
    Timestamp time = kNow;
};

class BaselineTest : public testing::Test {
  protected:
    void learn(const Ack& ack) {
        const auto ip = [](const char* text) {
            return IpAddress::parse(text).value_or(IpAddress{});
        };
        ByteArena bytes;
        DhcpMessage event;
        event.time = ack.time;
        event.v6 = ip(ack.dns).is_v4() ? false : true;
        event.op = 2;
        event.type = event.v6 ? 7 : 5;
        event.server_ip = ip(ack.giver);
        event.your_ip = ip(ack.address);
        event.subnet_mask = ip(ack.mask);
        event.relay_ip = event.destination = ip(ack.relay);
        event.vlan = ack.vlan;
        event.dns_servers = bytes.append(ip(ack.dns).bytes());
        baseline_.learn(policy_, event, bytes, ack.sensor);
    }
    [[nodiscard]] bool holds(const char* client, const char* server = "192.0.2.53",
                             std::uint16_t vlan = 0, const char* sensor = "") const {
        return baseline_.holds({sensor, vlan, *IpAddress::parse(client)},
                               *IpAddress::parse(server));
    }

    Policy policy_;
    Baseline baseline_;
};

TEST_F(BaselineTest, HoldsInItsSubnetVlanAndSensorOnly) {
    learn({});
    EXPECT_TRUE(holds("192.0.2.7"));
    EXPECT_TRUE(holds("192.0.3.7"));  // a subnet that DHCP does not serve
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.54"));
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.53", 20));
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.53", 0, "branch-1"));
    EXPECT_FALSE(holds("2001:db8::7"));
}

TEST_F(BaselineTest, TwoSubnetsOfOneServerAreTwoNetworks) {
    learn({});
    learn({.address = "198.51.100.9", .mask = "255.255.255.128", .dns = "198.51.100.53"});
    EXPECT_TRUE(holds("198.51.100.7", "198.51.100.53"));
    EXPECT_FALSE(holds("192.0.2.7", "198.51.100.53"));
    EXPECT_FALSE(holds("198.51.100.7", "192.0.2.53"));
}

TEST_F(BaselineTest, ASecondServerAuthorizesNothingInASubnetOfItsOwnEither) {
    learn({});
    learn({.giver = "10.66.0.1", .address = "10.66.0.9", .dns = "10.66.0.53"});
    EXPECT_FALSE(holds("10.66.0.9", "10.66.0.53"));
    EXPECT_FALSE(holds("192.0.2.7", "10.66.0.53"));
    learn({.giver = "10.66.0.1", .address = "10.66.0.9", .dns = "10.66.0.53", .vlan = 5});
    EXPECT_TRUE(holds("10.66.0.9", "10.66.0.53", 5));  // another VLAN has its own first one
}

TEST_F(BaselineTest, BehindARelayTheSubnetCountsOnAnyVlan) {
    learn({.address = "198.51.100.9", .dns = "192.0.2.53", .relay = "198.51.100.1", .vlan = 7});
    EXPECT_TRUE(holds("198.51.100.20", "192.0.2.53", 31));
    EXPECT_FALSE(holds("192.0.2.20", "192.0.2.53", 7));
    learn({.giver = "192.0.2.66",
           .address = "198.51.100.9",
           .dns = "192.0.2.66",
           .relay = "198.51.100.1"});
    EXPECT_FALSE(holds("198.51.100.20", "192.0.2.66", 31));
}

TEST_F(BaselineTest, WithoutAMaskItIsTheWholeVlan) {
    learn({.mask = ""});
    EXPECT_TRUE(holds("203.0.113.7"));
    EXPECT_FALSE(holds("203.0.113.7", "192.0.2.53", 9));
    learn({.giver = "fe80::1", .address = "", .mask = "", .dns = "2001:db8::53"});
    EXPECT_TRUE(holds("2001:db8:5::7", "2001:db8::53"));
    EXPECT_FALSE(holds("203.0.113.7", "2001:db8::53"));
}

TEST_F(BaselineTest, AMaskThatIsNoneIsNoSubnet) {
    learn({.mask = "255.0.255.0"});
    EXPECT_TRUE(holds("203.0.113.7"));
}

TEST_F(BaselineTest, IsKeptOverRuns) {
    learn({.vlan = 3, .sensor = "branch-1"});
    learn({.address = "198.51.100.9", .relay = "198.51.100.1"});
    const auto changes = baseline_.take_changes();
    ASSERT_EQ(changes.size(), 3U);  // the subnet, its VLAN, the subnet behind the relay
    EXPECT_TRUE(baseline_.take_changes().empty());
    learn({.vlan = 3, .sensor = "branch-1", .time = kNow + Duration::seconds(3'600)});
    EXPECT_TRUE(baseline_.take_changes().empty());  // nothing new; seen is told once a day
    learn({.vlan = 3, .sensor = "branch-1", .time = kNow + Duration::seconds(86'400)});
    EXPECT_EQ(baseline_.take_changes().size(), 2U);

    baseline_ = Baseline();
    baseline_.load(changes);
    EXPECT_TRUE(holds("192.0.2.7", "192.0.2.53", 3, "branch-1"));
    EXPECT_TRUE(holds("198.51.100.7"));
    EXPECT_TRUE(baseline_.take_changes().empty());
    // The first server is remembered too.
    learn({.giver = "192.0.2.66", .dns = "192.0.2.66", .vlan = 3, .sensor = "branch-1"});
    EXPECT_FALSE(holds("192.0.2.7", "192.0.2.66", 3, "branch-1"));
}

TEST_F(BaselineTest, AMillionNetworksNeedNoMoreMemory) {
    const std::size_t before = baseline_.memory_bytes();
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        const std::string address = IpAddress::from_v4(0x0a000000U + i * 256 + 9).to_text();
        learn({.address = address.c_str(), .vlan = static_cast<std::uint16_t>(i % 4'096)});
    }
    EXPECT_EQ(baseline_.memory_bytes(), before);
    EXPECT_LT(before, 4U << 20U);
}

}  // namespace
}  // namespace vedette::service
