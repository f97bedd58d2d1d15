#include "decode/identity.hpp"

#include <gtest/gtest.h>

#include <string>

#include "decode/card_table.hpp"

namespace vedette::decode {
namespace {

constexpr MacAddress kClient = MacAddress::from_u64(0x000c29aabb01);
constexpr MacAddress kOther = MacAddress::from_u64(0x000c29aabb02);
constexpr MacAddress kRouter = MacAddress::from_u64(0x00000c000001);
constexpr MacAddress kNoMac{};

Timestamp at(std::int64_t seconds) {
    return Timestamp::from_seconds(1'700'000'000 + seconds);
}
IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

LeaseEvent lease(std::int64_t second, std::string_view address, MacAddress mac, std::int64_t length,
                 LeaseState state = LeaseState::Bound) {
    LeaseEvent event;
    event.time = event.start = at(second);
    event.end = at(second + length);
    event.address = ip(address);
    event.mac = mac;
    event.state = state;
    return event;
}

class IdentityTest : public testing::Test {
  protected:
    ClientIdentity see(std::int64_t second, std::string_view address, MacAddress mac,
                       std::uint8_t hop_limit = 64) {
        identity_.on_link(at(second), ip(address), mac, hop_limit);
        return identity_.resolve(at(second), ip(address), mac, kNoMac);
    }
    MacSource source(std::int64_t second, std::string_view address, MacAddress mac = kNoMac) {
        return identity_.resolve(at(second), ip(address), mac, kNoMac).source;
    }
    void arp(std::int64_t second, std::string_view address, MacAddress mac) {
        identity_.on_neighbour(at(second), ip(address), mac, MacSource::Arp, events_);
    }

    Identity identity_;
    EventBatch events_;
};

TEST_F(IdentityTest, AClientOnTheSameSegmentIsKnownByItsFrame) {
    const ClientIdentity client = see(0, "192.0.2.5", kClient);
    EXPECT_EQ(client.source, MacSource::Link);
    EXPECT_EQ(client.mac, kClient);
    EXPECT_EQ(client.host, "");
}

TEST_F(IdentityTest, WithoutAnythingUnknownStaysUnknown) {
    EXPECT_EQ(source(0, "192.0.2.5"), MacSource::Unknown);
    EXPECT_TRUE(identity_.resolve(at(0), ip("192.0.2.5"), kNoMac, kNoMac).mac.is_zero());
}

TEST_F(IdentityTest, AnAnswersDestinationIsTheClient) {
    PacketContext answer;
    answer.time = at(0);
    answer.source = ip("198.51.100.1");
    answer.destination = ip("192.0.2.5");
    answer.link_source = kRouter;
    answer.link_destination = kClient;
    answer.has_link = true;
    answer.hop_limit = 57;
    identity_.on_packet(answer);
    EXPECT_EQ(source(0, "192.0.2.5", kClient), MacSource::Link);
    EXPECT_EQ(source(0, "198.51.100.1", kRouter), MacSource::Unknown);  // came from afar
}

TEST_F(IdentityTest, ManyUnexplainedAddressesMakeAGateway) {
    EXPECT_EQ(see(0, "203.0.113.1", kRouter).source, MacSource::Link);  // early: it may be its own
    EXPECT_EQ(see(1, "203.0.113.2", kRouter).source, MacSource::Link);
    EXPECT_FALSE(identity_.is_gateway(kRouter));
    EXPECT_EQ(see(2, "203.0.113.3", kRouter).source, MacSource::Unknown);
    EXPECT_TRUE(identity_.is_gateway(kRouter));
    EXPECT_EQ(see(3, "203.0.113.1", kRouter).source, MacSource::Unknown);
    EXPECT_EQ(see(3, "203.0.113.4", kRouter).source, MacSource::Unknown);
    EXPECT_EQ(see(3, "203.0.113.9", kClient).source, MacSource::Link);  // others are not touched
}

TEST_F(IdentityTest, AGatewaysOwnAddressIsAttributable) {
    for (int i = 1; i < 6; ++i)
        see(i, "203.0.113." + std::to_string(i), kRouter);
    arp(10, "192.0.2.1", kRouter);
    EXPECT_EQ(see(11, "192.0.2.1", kRouter).source, MacSource::Link);
    EXPECT_EQ(source(11, "192.0.2.1"), MacSource::Arp);
    EXPECT_EQ(see(11, "203.0.113.2", kRouter).source, MacSource::Unknown);
}

TEST_F(IdentityTest, AddressesExplainedByArpAreNotHeldAgainstACard) {
    for (int i = 1; i < 20; ++i) {
        const std::string address = "192.0.2." + std::to_string(i);
        arp(i, address, kClient);
        EXPECT_EQ(see(i, address, kClient).source, MacSource::Link);
    }
    EXPECT_FALSE(identity_.is_gateway(kClient));
}

TEST_F(IdentityTest, AMistakenGatewayIsClearedWhenArpExplainsIt) {
    for (int i = 1; i < 4; ++i)
        see(i, "192.0.2." + std::to_string(i), kClient);
    EXPECT_TRUE(identity_.is_gateway(kClient));
    for (int i = 1; i < 4; ++i)
        arp(10, "192.0.2." + std::to_string(i), kClient);
    EXPECT_FALSE(identity_.is_gateway(kClient));
    EXPECT_EQ(see(11, "192.0.2.1", kClient).source, MacSource::Link);
}

TEST_F(IdentityTest, ALaptopThatChangesNetworksIsNoGateway) {
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(see(i * 7200, "10." + std::to_string(i) + ".0.5", kClient).source,
                  MacSource::Link);
    }
}

TEST_F(IdentityTest, ManyIpv6AddressesOfOnePrefixAreOneHost) {
    for (int i = 1; i < 40; ++i) {
        EXPECT_EQ(see(i, "2001:db8::" + std::to_string(i), kClient).source, MacSource::Link);
    }
    EXPECT_EQ(see(50, "2001:db8:1::1", kClient).source, MacSource::Link);
    EXPECT_EQ(see(51, "2001:db8:2::1", kClient).source, MacSource::Unknown);
}

TEST_F(IdentityTest, LinkLocalAddressesAreNeverForwarded) {
    identity_.on_router(at(0), {}, kRouter);
    EXPECT_EQ(see(1, "fe80::1", kRouter).source, MacSource::Link);
    EXPECT_EQ(see(1, "169.254.3.4", kRouter).source, MacSource::Link);
    EXPECT_EQ(see(1, "2001:db8::1", kRouter).source, MacSource::Unknown);
    EXPECT_EQ(source(1, "0.0.0.0", kRouter), MacSource::Link);
}

TEST_F(IdentityTest, ACountedDownHopLimitTellsFromTheFirstPacket) {
    EXPECT_EQ(see(0, "198.51.100.7", kRouter, 63).source, MacSource::Unknown);
    EXPECT_EQ(see(0, "198.51.100.8", kRouter, 127).source, MacSource::Unknown);
    EXPECT_FALSE(identity_.is_gateway(kRouter));
    EXPECT_EQ(see(0, "198.51.100.9", kRouter, 254).source, MacSource::Unknown);
    EXPECT_TRUE(identity_.is_gateway(kRouter));
}

TEST(HopLimit, ForwardedOnlyBelowACommonStart) {
    for (const int fresh : {0, 1, 30, 32, 60, 64, 96, 128, 200, 223, 255}) {
        EXPECT_FALSE(was_forwarded(static_cast<std::uint8_t>(fresh))) << fresh;
    }
    for (const int counted : {33, 59, 61, 63, 97, 127, 224, 254}) {
        EXPECT_TRUE(was_forwarded(static_cast<std::uint8_t>(counted))) << counted;
    }
}

TEST_F(IdentityTest, AddressesOutsideTheLinksPrefixesComeThroughSomebody) {
    identity_.on_prefix(*Prefix::parse("192.0.2.0/24"));
    EXPECT_EQ(see(0, "192.0.2.5", kClient).source, MacSource::Link);
    EXPECT_EQ(see(0, "198.51.100.5", kRouter).source, MacSource::Unknown);
    EXPECT_EQ(see(0, "2001:db8::5", kClient).source, MacSource::Link);  // no IPv6 prefix known
    arp(1, "198.51.100.5", kRouter);                                    // it does live here
    EXPECT_EQ(see(2, "198.51.100.5", kRouter).source, MacSource::Link);
}

TEST_F(IdentityTest, TheRouterNamedByDhcpIsAGatewayOnceItsMacIsKnown) {
    identity_.on_router(at(0), ip("192.0.2.1"), kNoMac);
    EXPECT_FALSE(identity_.is_gateway(kRouter));
    arp(1, "192.0.2.1", kRouter);
    EXPECT_TRUE(identity_.is_gateway(kRouter));
    EXPECT_EQ(see(2, "198.51.100.5", kRouter).source, MacSource::Unknown);
    EXPECT_EQ(see(2, "192.0.2.1", kRouter).source, MacSource::Link);
}

TEST_F(IdentityTest, ALeaseAnswersBehindARouter) {
    identity_.on_lease(lease(0, "192.0.2.5", kClient, 3600), "louvre");
    EXPECT_EQ(source(10, "192.0.2.5"), MacSource::Lease);
    const ClientIdentity client = see(11, "192.0.2.5", kRouter, 63);
    EXPECT_EQ(client.source, MacSource::Lease);
    EXPECT_EQ(client.mac, kClient);
    EXPECT_EQ(client.host, "louvre");
}

TEST_F(IdentityTest, ALiveLeaseOfAnotherCardOverrulesTheFrame) {
    identity_.on_lease(lease(0, "192.0.2.5", kClient, 3600), "");
    EXPECT_EQ(see(1, "192.0.2.5", kRouter).mac, kClient);
    EXPECT_EQ(see(2, "192.0.2.5", kClient).source, MacSource::Link);
    EXPECT_EQ(see(4000, "192.0.2.5", kRouter).source, MacSource::Link);  // the lease is over
}

TEST_F(IdentityTest, LeasesAreResolvedByTheirMoment) {
    identity_.on_lease(lease(0, "192.0.2.5", kClient, 100), "first");
    identity_.on_lease(lease(200, "192.0.2.5", kOther, 100), "second");
    EXPECT_EQ(identity_.resolve(at(50), ip("192.0.2.5"), kNoMac, kNoMac).host, "first");
    EXPECT_EQ(source(150, "192.0.2.5"), MacSource::Unknown);
    const ClientIdentity second = identity_.resolve(at(299), ip("192.0.2.5"), kNoMac, kNoMac);
    EXPECT_EQ(second.mac, kOther);
    EXPECT_EQ(second.host, "second");
    EXPECT_EQ(source(300, "192.0.2.5"), MacSource::Unknown);
    EXPECT_EQ(identity_.resolve(at(99), ip("192.0.2.5"), kNoMac, kNoMac).mac, kClient);
}

TEST_F(IdentityTest, ARenewalExtendsAndAReleaseEnds) {
    identity_.on_lease(lease(0, "192.0.2.5", kClient, 100), "louvre");
    identity_.on_lease(lease(50, "192.0.2.5", kClient, 100), "");
    EXPECT_EQ(identity_.resolve(at(140), ip("192.0.2.5"), kNoMac, kNoMac).host, "louvre");
    identity_.on_lease(lease(145, "192.0.2.5", kClient, 0, LeaseState::Released), "");
    EXPECT_EQ(source(146, "192.0.2.5"), MacSource::Unknown);
    EXPECT_EQ(source(144, "192.0.2.5"), MacSource::Lease);
    identity_.on_lease(lease(150, "192.0.2.5", kOther, 0, LeaseState::Offered), "");
    EXPECT_EQ(source(151, "192.0.2.5"), MacSource::Unknown);  // an offer binds nobody
}

TEST_F(IdentityTest, ALeaseForEverNeverEnds) {
    LeaseEvent for_ever = lease(0, "192.0.2.5", kClient, 0);
    for_ever.end = kNever;
    identity_.on_lease(for_ever, "");
    EXPECT_EQ(source(1'000'000'000, "192.0.2.5"), MacSource::Lease);
}

TEST_F(IdentityTest, ADelegatedPrefixIsNoHost) {
    LeaseEvent prefix = lease(0, "2001:db8::", kClient, 100);
    prefix.prefix_length = 56;
    identity_.on_lease(prefix, "");
    EXPECT_EQ(source(1, "2001:db8::"), MacSource::Unknown);
}

TEST_F(IdentityTest, OnlyTheHolderCanEndALease) {
    identity_.on_lease(lease(0, "192.0.2.5", kClient, 100), "");
    identity_.on_lease(lease(10, "192.0.2.5", kOther, 0, LeaseState::Released), "");
    EXPECT_EQ(source(11, "192.0.2.5"), MacSource::Lease);
}

TEST_F(IdentityTest, LeaseHistoryIsBounded) {
    for (int i = 0; i < 100; ++i) {
        identity_.on_lease(lease(i * 10, "192.0.2.5", i % 2 == 0 ? kClient : kOther, 10), "h");
    }
    EXPECT_EQ(source(995, "192.0.2.5"), MacSource::Lease);
    EXPECT_EQ(source(965, "192.0.2.5"), MacSource::Lease);    // the fourth newest
    EXPECT_EQ(source(955, "192.0.2.5"), MacSource::Unknown);  // the fifth is forgotten
}

TEST_F(IdentityTest, NeighboursAreToldOnceAndGrowOld) {
    arp(0, "192.0.2.5", kClient);
    arp(1, "192.0.2.5", kClient);
    arp(2, "0.0.0.0", kClient);  // a probe binds nothing
    arp(3, "192.0.2.6", MacAddress::from_u64(0xffffffffffff));
    ASSERT_EQ(events_.neighbours.size(), 1U);
    EXPECT_EQ(events_.neighbours[0].mac, kClient);
    arp(4, "192.0.2.5", kOther);
    EXPECT_EQ(events_.neighbours.size(), 2U);
    EXPECT_EQ(identity_.resolve(at(5), ip("192.0.2.5"), kNoMac, kNoMac).mac, kOther);
    EXPECT_EQ(source(4 + 4 * 3600, "192.0.2.5"), MacSource::Arp);
    EXPECT_EQ(source(5 + 4 * 3600, "192.0.2.5"), MacSource::Unknown);
    identity_.on_neighbour(at(9), ip("fe80::1"), kClient, MacSource::Ndp, events_);
    EXPECT_EQ(source(10, "fe80::1"), MacSource::Ndp);
}

TEST_F(IdentityTest, EdnsIsTrustedFirst) {
    identity_.on_host_name(at(0), kOther, "phone");
    const ClientIdentity client = identity_.resolve(at(1), ip("192.0.2.5"), kClient, kOther);
    EXPECT_EQ(client.source, MacSource::Edns);
    EXPECT_EQ(client.mac, kOther);
    EXPECT_EQ(client.host, "phone");
}

TEST_F(IdentityTest, ANameFollowsTheCardToItsOtherAddresses) {
    EXPECT_EQ(see(0, "2001:db8::5", kClient).host, "");
    identity_.on_lease(lease(1, "192.0.2.5", kClient, 100), "louvre");
    EXPECT_EQ(see(2, "2001:db8::5", kClient).host, "louvre");
    EXPECT_EQ(identity_.resolve(at(0), ip("2001:db8::5"), kClient, kNoMac).host, "");
}

TEST(IdentityBounds, FloodsStayWithinTheLimits) {
    constexpr std::uint32_t kHosts = 1000;
    Identity identity({kHosts, 3});
    EventBatch events;
    for (std::uint32_t i = 1; i < 100'000; ++i) {
        const MacAddress mac = MacAddress::from_u64(0x020000000000ULL + i);
        identity.on_neighbour(at(i), IpAddress::from_v4(0x0a000000U + i), mac, MacSource::Arp,
                              events);
        LeaseEvent bound = lease(i, "192.0.2.1", mac, 100);
        bound.address = IpAddress::from_v4(0x0b000000U + i);
        identity.on_lease(bound, "a-host-name-that-needs-the-heap");
        events.clear();
        ASSERT_LE(identity.host_count(), kHosts);
    }
    EXPECT_EQ(identity.host_count(), kHosts);
    EXPECT_EQ(identity.resolve(at(99'999), IpAddress::from_v4(0x0b000000U + 99'999), {}, {}).host,
              "a-host-name-that-needs-the-heap");
}

}  // namespace
}  // namespace vedette::decode
