#include "decode/dhcp_tracker.hpp"

#include <gtest/gtest.h>

#include <string>

#include "decode/dhcp_test_session.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::decode {
namespace {

using wire::AnomalyId;
using wire::dhcp::Bytes;
using wire::dhcp::Example4;

constexpr std::uint32_t kAddress = 0xc0000205;  // 192.0.2.5
constexpr std::uint32_t kServer = 0xc0000201;   // 192.0.2.1
constexpr std::uint64_t kBroadcast = 0xffffffffffff;
constexpr MacAddress kNoMac{};
const std::string kMac = "00:0c:29:aa:bb:01";

Example4 request(std::uint8_t type) {
    return std::move(Example4(1).type(type));
}
Example4 reply(std::uint8_t type, std::uint64_t mac = kClientMac) {
    return std::move(Example4(2, 0x01020304, mac).type(type).number(54, kServer, 4));
}
Bytes ack(std::uint32_t seconds = 3600, std::uint64_t mac = kClientMac) {
    return reply(5, mac)
        .yiaddr(kAddress)
        .number(51, seconds, 4)
        .number(1, 0xffffff00, 4)
        .number(3, kServer, 4)
        .end();
}

class DhcpTracker4 : public testing::Test {
  protected:
    DhcpTracker4() { session_.link(kClientMac, kBroadcast).route("0.0.0.0", "255.255.255.255"); }
    DhcpSession session_;
    MacSource source(std::int64_t second) {
        return session_.identity.resolve(dhcp_at(second), dhcp_ip("192.0.2.5"), kNoMac, kNoMac)
            .source;
    }
};

TEST_F(DhcpTracker4, FillsTheEvent) {
    const Bytes message =
        request(3)
            .option(12, std::string_view("louvre\0", 7))
            .option(15, "example.com")
            .option(55, {1, 3, 6})
            .option(60, "MSFT 5.0")
            .option(61, {1, 0, 0x0c, 0x29, 0xaa, 0xbb, 1})
            .option(81, {4, 0, 0, 6, 'l', 'o', 'u', 'v', 'r', 'e', 2, 'f', 'r', 0})
            .number(50, kAddress, 4)
            .at(108, as_bytes("boot.img"))
            .end();
    const DhcpMessage& event = session_.v4(0, message);
    EXPECT_EQ(event.op, 1);
    EXPECT_EQ(event.type, 3);
    EXPECT_EQ(event.transaction_id, 0x01020304U);
    EXPECT_EQ(event.client_mac.to_u64(), kClientMac);
    EXPECT_EQ(event.mac_source, MacSource::Link);
    EXPECT_EQ(event.requested_ip.to_text(), "192.0.2.5");
    EXPECT_TRUE(event.client_ip.is_unspecified());
    EXPECT_EQ(session_.text(event.host_name), "louvre");
    EXPECT_EQ(session_.text(event.client_fqdn), "louvre.fr.");
    EXPECT_EQ(session_.text(event.domain), "example.com");
    EXPECT_EQ(session_.text(event.vendor_class), "MSFT 5.0");
    EXPECT_EQ(session_.text(event.boot_file), "boot.img");
    EXPECT_EQ(event.parameters.length, 3U);
    EXPECT_EQ(event.message.length, message.size());
    EXPECT_FALSE(event.damage);
    EXPECT_EQ(session_.counts.dhcp_msgs, 1U);
    EXPECT_EQ(session_.counts.dhcp_type[3], 1U);
}

TEST_F(DhcpTracker4, ALeaseFromDiscoverToRelease) {
    session_.v4(0, request(1).option(12, "louvre").option(60, "MSFT 5.0").end());
    EXPECT_EQ(session_.news(), "");
    session_.v4(1, reply(2).yiaddr(kAddress).number(51, 3600, 4).end());
    EXPECT_EQ(session_.news(), "offered 192.0.2.5 " + kMac + " 3600");
    EXPECT_EQ(source(1), MacSource::Unknown);
    session_.v4(2, request(3).number(50, kAddress, 4).end());
    session_.v4(3, ack());
    ASSERT_EQ(session_.out.leases.size(), 1U);
    const LeaseEvent bound = session_.out.leases[0];
    EXPECT_EQ(session_.text(bound.host_name), "louvre");
    EXPECT_EQ(session_.text(bound.vendor_class), "MSFT 5.0");
    EXPECT_EQ(bound.start, dhcp_at(1));  // one lease from offer to end
    EXPECT_EQ(bound.server.to_text(), "192.0.2.1");
    EXPECT_EQ(session_.news(), "bound 192.0.2.5 " + kMac + " 3600");
    EXPECT_EQ(source(3), MacSource::Lease);
    EXPECT_EQ(session_.identity.resolve(dhcp_at(4), dhcp_ip("192.0.2.5"), kNoMac, kNoMac).host,
              "louvre");
    session_.v4(1800, request(3).ciaddr(kAddress).end());
    session_.v4(1800, ack());
    EXPECT_EQ(session_.news(), "bound 192.0.2.5 " + kMac + " 3600");
    EXPECT_EQ(source(5000), MacSource::Lease);
    session_.v4(5100, request(7).ciaddr(kAddress).end());
    EXPECT_EQ(session_.news(), "released 192.0.2.5 " + kMac + " 0");
    EXPECT_EQ(source(5101), MacSource::Unknown);
    EXPECT_EQ(session_.tracker.lease_count(), 0U);
}

TEST_F(DhcpTracker4, TheSameAckTwiceIsNoNews) {
    session_.v4(0, ack());
    EXPECT_NE(session_.news(), "");
    session_.v4(1, ack());
    EXPECT_EQ(session_.news(), "");
}

TEST_F(DhcpTracker4, LeasesRunOut) {
    session_.v4(0, ack(100));
    session_.v4(0, reply(2, 0x000c29aabb02).yiaddr(kAddress + 1).number(51, 50, 4).end());
    session_.out.leases.clear();
    session_.tracker.expire(dhcp_at(59), session_.out);
    EXPECT_EQ(session_.tracker.lease_count(), 2U);
    session_.tracker.expire(dhcp_at(99), session_.out);
    EXPECT_EQ(session_.news(), "");
    EXPECT_EQ(session_.tracker.lease_count(), 1U);  // the offer that nobody took is forgotten
    session_.tracker.expire(dhcp_at(100), session_.out);
    EXPECT_EQ(session_.news(), "expired 192.0.2.5 " + kMac + " 0");
    EXPECT_EQ(session_.tracker.lease_count(), 0U);
}

TEST_F(DhcpTracker4, ALeaseAfterAGapIsAnotherOne) {
    session_.v4(0, ack(100));
    session_.news();
    session_.v4(500, ack(100));
    ASSERT_EQ(session_.out.leases.size(), 2U);
    EXPECT_EQ(session_.out.leases[0].time, dhcp_at(100));
    EXPECT_EQ(session_.out.leases[1].start, dhcp_at(500));
    EXPECT_EQ(session_.news(),
              "expired 192.0.2.5 " + kMac + " 0, bound 192.0.2.5 " + kMac + " 100");
    EXPECT_EQ(source(300), MacSource::Unknown);
}

TEST_F(DhcpTracker4, ForEverIsForEver) {
    session_.v4(0, ack(0xffffffff));
    ASSERT_EQ(session_.out.leases.size(), 1U);
    EXPECT_EQ(session_.out.leases[0].end, kNever);
    session_.tracker.expire(dhcp_at(4'000'000'000), session_.out);
    EXPECT_EQ(session_.tracker.lease_count(), 1U);
    EXPECT_EQ(source(4'000'000'000), MacSource::Lease);
}

TEST_F(DhcpTracker4, AnAddressChangesHands) {
    session_.v4(0, ack());
    session_.news();
    session_.v4(10, ack(3600, 0x000c29aabb02));
    EXPECT_EQ(session_.news(),
              "expired 192.0.2.5 " + kMac + " 0, bound 192.0.2.5 00:0c:29:aa:bb:02 3600");
}

TEST_F(DhcpTracker4, NakDeclineInform) {
    session_.v4(0, request(3).number(50, kAddress, 4).end());
    session_.v4(1, reply(6).end());
    EXPECT_EQ(session_.news(), "refused 192.0.2.5 " + kMac + " 0");
    session_.v4(2, ack());
    session_.news();
    session_.v4(3, request(4).number(50, kAddress, 4).end());
    EXPECT_EQ(session_.news(), "declined 192.0.2.5 " + kMac + " 0");
    session_.v4(4, request(8).ciaddr(kAddress).option(12, "louvre").end());
    session_.v4(5, reply(5).ciaddr(kAddress).end());
    EXPECT_EQ(session_.news(), "");
}

TEST_F(DhcpTracker4, OnlyTheHolderCanRelease) {
    session_.v4(0, ack());
    session_.news();
    session_.v4(1, Example4(1, 1, 0x000c29aabb02).type(7).ciaddr(kAddress).end());
    EXPECT_EQ(session_.news(), "");
    EXPECT_EQ(source(2), MacSource::Lease);
}

TEST_F(DhcpTracker4, PlainBootpBindsForGood) {
    Bytes message = Example4(2).yiaddr(kAddress).unended();
    message.resize(300);
    message[236] = 0;
    session_.v4(0, message);
    EXPECT_EQ(session_.news(), "bound 192.0.2.5 " + kMac + " -1");
    EXPECT_EQ(session_.counts.dhcp_type[0], 1U);
    EXPECT_EQ(session_.counts.malformed_dhcp, 0U);
}

TEST_F(DhcpTracker4, ACutAckIsNoBootp) {
    Bytes cut = ack();
    cut.resize(242);  // the capture ends inside the message type
    session_.packet.original_bytes = 300;
    EXPECT_EQ(session_.v4(0, cut).damage.id, AnomalyId::DhcpCaptureCut);
    cut.resize(239);
    session_.v4(1, cut);
    EXPECT_EQ(session_.news(), "");
}

TEST_F(DhcpTracker4, HowTheMacIsKnown) {
    EXPECT_EQ(session_.v4(0, request(1).end()).mac_source, MacSource::Link);
    session_.link(kServerMac, kBroadcast);
    EXPECT_EQ(session_.v4(1, reply(2).end()).mac_source, MacSource::Lease);
    session_.link(kServerMac, kClientMac);
    EXPECT_EQ(session_.v4(2, reply(2).end()).mac_source, MacSource::Link);
    const Bytes relayed =
        request(1).giaddr(0x0a000001).option(82, {1, 2, 'g', '1', 2, 1, 'r'}).end();
    const DhcpMessage& event = session_.v4(3, relayed);
    EXPECT_EQ(event.mac_source, MacSource::Option82);
    EXPECT_EQ(event.client_mac.to_u64(), kClientMac);
    EXPECT_EQ(event.relay_ip.to_text(), "10.0.0.1");
    EXPECT_EQ(session_.text(event.circuit_id), "g1");
    EXPECT_EQ(session_.text(event.remote_id), "r");
    const Bytes plain_relay = request(1).giaddr(0x0a000001).end();
    EXPECT_EQ(session_.v4(4, plain_relay).mac_source, MacSource::Lease);
}

TEST_F(DhcpTracker4, WithoutAHardwareAddressOtherWordsCount) {
    const auto blank = [](std::uint8_t type) { return std::move(Example4(1, 1, 0).type(type)); };
    const DhcpMessage by_id = session_.v4(0, blank(1).option(61, {1, 0, 12, 41, 0, 0, 7}).end());
    EXPECT_EQ(by_id.client_mac.to_text(), "00:0c:29:00:00:07");
    EXPECT_EQ(by_id.mac_source, MacSource::Lease);
    const DhcpMessage by_relay =
        session_.v4(1, blank(1).giaddr(1).option(82, {2, 6, 0, 12, 41, 0, 0, 8}).end());
    EXPECT_EQ(by_relay.client_mac.to_text(), "00:0c:29:00:00:08");
    EXPECT_EQ(by_relay.mac_source, MacSource::Option82);
    EXPECT_EQ(session_.v4(2, blank(1).end()).mac_source, MacSource::Link);
    EXPECT_EQ(session_.v4(3, blank(1).giaddr(1).end()).mac_source, MacSource::Unknown);
}

TEST_F(DhcpTracker4, AnAckTellsTheSegment) {
    const MacAddress router = MacAddress::from_u64(kServerMac);
    session_.v4(0, ack());
    session_.identity.on_neighbour(dhcp_at(1), dhcp_ip("192.0.2.1"), router, MacSource::Arp,
                                   session_.out);
    EXPECT_TRUE(session_.identity.is_gateway(router));
    const MacAddress other = MacAddress::from_u64(0x000c29aabb09);
    EXPECT_EQ(session_.identity.resolve(dhcp_at(2), dhcp_ip("198.51.100.9"), other, kNoMac).source,
              MacSource::Unknown);
}

TEST_F(DhcpTracker4, ARelayedAckTellsNothingOfThisSegment) {
    session_.v4(0, reply(5)
                       .yiaddr(kAddress)
                       .giaddr(0x0a000001)
                       .number(51, 100, 4)
                       .number(1, 0xffffff00, 4)
                       .end());
    const MacAddress other = MacAddress::from_u64(0x000c29aabb09);
    EXPECT_EQ(session_.identity.resolve(dhcp_at(2), dhcp_ip("198.51.100.9"), other, kNoMac).source,
              MacSource::Link);
}

TEST_F(DhcpTracker4, DamageIsCountedOncePerPacketAndKept) {
    Bytes cut = request(1).option(12, "louvre").unended();
    cut.pop_back();
    const DhcpMessage& event = session_.v4(0, cut);
    EXPECT_EQ(event.damage.id, AnomalyId::DhcpOptionCut);
    EXPECT_EQ(event.type, 1);
    EXPECT_EQ(event.message.length, cut.size());
    EXPECT_EQ(session_.counts.malformed_dhcp, 1U);
    EXPECT_EQ(session_.counts.anomalies[static_cast<std::size_t>(AnomalyId::DhcpOptionCut)], 1U);
    session_.packet.original_bytes = static_cast<std::uint32_t>(cut.size()) + 1;
    EXPECT_EQ(session_.v4(1, cut).damage.id, AnomalyId::DhcpCaptureCut);
    EXPECT_EQ(session_.counts.malformed_dhcp, 1U);
}

// A starvation attack: each Discover and each Offer of another card. Memory stays bounded, the
// leases that are held stay known.
TEST(DhcpFlood, StaysWithinItsLimits) {
    constexpr DhcpTrackerLimits kLimits{1000, 500};
    DhcpSession session;
    DhcpTracker tracker(session.identity, session.counts, kLimits);
    session.packet.time = dhcp_at(0);
    tracker.on_v4(session.packet, ack(), session.out);
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        session.packet.time = dhcp_at(i / 10'000);
        const std::uint64_t mac = 0x020000000000ULL + i;
        const Bytes discover =
            Example4(1, i, mac).type(1).option(12, "a-name-that-needs-the-heap").end();
        const Bytes offer =
            Example4(2, i, mac).type(2).yiaddr(0x0a000000U + i).number(51, 3600, 4).end();
        tracker.on_v4(session.packet, discover, session.out);
        tracker.on_v4(session.packet, offer, session.out);
        ASSERT_LE(tracker.lease_count(), kLimits.max_leases);
        ASSERT_LE(tracker.client_count(), kLimits.max_transactions);
        session.out.clear();
    }
    EXPECT_EQ(session.counts.dhcp_msgs, 200'001U);
    EXPECT_EQ(tracker.lease_count(), kLimits.max_leases);
    EXPECT_EQ(session.identity.resolve(dhcp_at(20), dhcp_ip("192.0.2.5"), kNoMac, kNoMac).source,
              MacSource::Lease);
    tracker.on_v4(session.packet, Example4(1, 1, kClientMac).type(7).ciaddr(kAddress).end(),
                  session.out);
    ASSERT_EQ(session.out.leases.size(), 1U);  // it was still followed: its start is known
    EXPECT_EQ(session.out.leases[0].start, dhcp_at(0));
}

TEST(DhcpDamage, EveryPrefixAndByteChangeIsTaken) {
    const Bytes vectors[] = {request(3)
                                 .option(12, "louvre")
                                 .option(81, {4, 0, 0, 1, 'a', 0})
                                 .option(82, {1, 1, 'c', 2, 6, 1, 2, 3, 4, 5, 6})
                                 .number(52, 3, 1)
                                 .at(108, as_bytes(std::string("\x0c\x02"
                                                               "ef\xff")))
                                 .end(),
                             ack()};
    for (const Bytes& vector : vectors) {
        DhcpSession session;
        wire::for_each_damage(vector, [&](ByteView bytes) {
            session.tracker.on_v4(session.packet, bytes, session.out);
            session.out.clear();
        });
        EXPECT_EQ(session.counts.dhcp_msgs, vector.size() + 1 + 256 * vector.size());
    }
}

}  // namespace
}  // namespace vedette::decode
