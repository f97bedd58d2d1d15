#include <gtest/gtest.h>

#include <string>

#include "decode/dhcp_test_session.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::decode {
namespace {

using namespace wire::dhcp;

const std::string kMac = "00:0c:29:aa:bb:01";
constexpr MacAddress kNoMac{};

Bytes client_options(std::uint64_t mac = kClientMac) {
    return option6(1, ByteView(duid_ll(mac)));
}
Bytes uuid_options() {
    Bytes duid{0, 4};
    duid.resize(18, 7);
    return option6(1, ByteView(duid));
}

class DhcpTracker6 : public testing::Test {
  protected:
    DhcpTracker6() {
        session_.link(kClientMac, 0x333300010002).route("fe80::20c:29ff:feaa:bb01", "ff02::1:2");
    }
    // From the server to the client's link-local address.
    const DhcpMessage& from_server(std::int64_t second, const Bytes& message) {
        session_.link(kServerMac, kClientMac).route("fe80::1", "fe80::20c:29ff:feaa:bb01");
        return session_.v6(second, message);
    }
    MacSource source(std::int64_t second, std::string_view address) {
        return session_.identity.resolve(dhcp_at(second), dhcp_ip(address), kNoMac, kNoMac).source;
    }
    DhcpSession session_;
};

TEST_F(DhcpTracker6, FillsTheEvent) {
    const Bytes message = message6(
        1, 0xabcdef,
        joined({client_options(), option6(6, {0, 23, 0, 24}),
                option6(16, {0, 0, 1, 55, 0, 4, 'M', 'S', 'F', 'T'}), ia_na(7, address6(5), 0),
                option6(39, {1, 6, 'l', 'o', 'u', 'v', 'r', 'e'})}));
    const DhcpMessage event = session_.v6(0, message);
    EXPECT_TRUE(event.v6);
    EXPECT_EQ(event.type, 1);
    EXPECT_EQ(event.transaction_id, 0xabcdefU);
    EXPECT_EQ(event.client_mac.to_u64(), kClientMac);
    EXPECT_EQ(event.mac_source, MacSource::Link);
    EXPECT_EQ(event.client_ip.to_text(), "2001:db8::5");
    EXPECT_EQ(session_.text(event.client_fqdn), "louvre");  // partial: no final dot
    EXPECT_EQ(session_.text(event.vendor_class), "MSFT");
    EXPECT_EQ(event.parameters.length, 4U);
    EXPECT_EQ(event.client_id.length, 10U);
    EXPECT_EQ(session_.counts.dhcpv6, 1U);
    EXPECT_EQ(session_.counts.dhcpv6_type[1], 1U);
    const DhcpMessage reply = from_server(
        1, message6(7, 0xabcdef,
                    joined({client_options(), option6(2, ByteView(duid_ll(9))),
                            ia_na(7, address6(5), 4000), option6(23, ByteView(address6(0x53))),
                            option6(24, {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0}),
                            option6(13, {0, 0, 'o', 'k'})})));
    EXPECT_EQ(reply.your_ip.to_text(), "2001:db8::5");
    EXPECT_EQ(reply.server_ip.to_text(), "fe80::1");
    EXPECT_EQ(reply.lease_seconds, 4000U);
    EXPECT_EQ(reply.renewal_seconds, 1000U);
    EXPECT_EQ(reply.dns_servers.length, 16U);
    EXPECT_EQ(session_.text(reply.domain), "example.");
    EXPECT_EQ(session_.text(reply.text), "ok");
    EXPECT_EQ(reply.mac_source, MacSource::Link);
}

TEST_F(DhcpTracker6, ALeaseFromSolicitToRelease) {
    session_.v6(0, message6(1, 1, joined({uuid_options(), option6(39, {0, 1, 'h'})})));
    from_server(1, message6(2, 1, joined({uuid_options(), ia_na(7, address6(5), 4000)})));
    EXPECT_EQ(session_.news(), "offered 2001:db8::5 " + kMac + " 4000");
    from_server(2, message6(7, 2,
                            joined({uuid_options(), ia_na(7, address6(5), 4000),
                                    ia_pd(8, address6(0), 56, 5000)})));
    ASSERT_EQ(session_.out.leases.size(), 2U);
    EXPECT_EQ(session_.out.leases[0].prefix_length, 0);
    EXPECT_EQ(session_.out.leases[1].prefix_length, 56);
    EXPECT_EQ(session_.news(),
              "bound 2001:db8::5 " + kMac + " 4000, bound 2001:db8:: " + kMac + " 5000");
    EXPECT_EQ(source(3, "2001:db8::5"), MacSource::Lease);
    EXPECT_EQ(source(3, "2001:db8::"), MacSource::Unknown);  // a prefix is no host
    EXPECT_EQ(session_.identity.resolve(dhcp_at(3), dhcp_ip("2001:db8::5"), kNoMac, kNoMac).host,
              "h");
    session_.link(kClientMac, 0x333300010002).route("fe80::20c:29ff:feaa:bb01", "ff02::1:2");
    session_.v6(10, message6(8, 3, joined({uuid_options(), ia_na(7, address6(5), 0)})));
    EXPECT_EQ(session_.news(), "released 2001:db8::5 " + kMac + " 0");
    EXPECT_EQ(source(11, "2001:db8::5"), MacSource::Unknown);
}

TEST_F(DhcpTracker6, ALifetimeOfZeroTakesTheAddressAway) {
    from_server(0, message6(7, 1, joined({client_options(), ia_na(7, address6(5), 4000)})));
    session_.news();
    from_server(9, message6(7, 2, joined({client_options(), ia_na(7, address6(5), 0)})));
    EXPECT_EQ(session_.news(), "expired 2001:db8::5 " + kMac + " 0");
}

TEST_F(DhcpTracker6, ThroughARelayTheRelaysWordCounts) {
    session_.link(kServerMac, 0x00000c000002).route("2001:db8:1::1", "2001:db8:1::2");
    const Bytes inner = message6(3, 1, joined({uuid_options(), ia_na(7, address6(5), 0)}));
    const Bytes relayed =
        relay6(12, 0,
               joined({option6(79, {0, 1, 0, 0x0c, 0x29, 0xaa, 0xbb, 1}), option6(18, {'e', '1'}),
                       option6(37, {0, 0, 0, 9, 'r'}), option6(9, ByteView(inner))}));
    const DhcpMessage event = session_.v6(0, relayed);
    EXPECT_EQ(event.type, 3);
    EXPECT_EQ(event.client_mac.to_text(), kMac);
    EXPECT_EQ(event.mac_source, MacSource::Option82);
    EXPECT_EQ(event.relay_ip.to_text(), "2001:db8::aaaa");
    EXPECT_EQ(session_.text(event.circuit_id), "e1");
    EXPECT_EQ(event.remote_id.length, 5U);
    EXPECT_EQ(session_.counts.dhcpv6_type[12], 1U);
    // The answer has only the DUID, a UUID: the MAC is the one its client had.
    const Bytes answer = message6(7, 1, joined({uuid_options(), ia_na(7, address6(5), 100)}));
    session_.v6(1, relay6(13, 0, option6(9, ByteView(answer))));
    EXPECT_EQ(session_.news(), "bound 2001:db8::5 " + kMac + " 100");
}

TEST_F(DhcpTracker6, ADuidTellsTheMacWhenNothingElseDoes) {
    session_.packet.has_link = false;
    const DhcpMessage event = session_.v6(0, message6(11, 1, client_options(0x000c29000007)));
    EXPECT_EQ(event.client_mac.to_text(), "00:0c:29:00:00:07");
    EXPECT_EQ(event.mac_source, MacSource::Lease);
    EXPECT_EQ(session_.v6(1, message6(11, 1, uuid_options())).mac_source, MacSource::Unknown);
}

TEST_F(DhcpTracker6, EveryPrefixAndByteChangeIsTaken) {
    const Bytes answer = message6(
        7, 1, joined({client_options(), ia_na(7, address6(5), 100), option6(39, {0, 1, 'h', 0})}));
    const Bytes relayed = relay6(
        13, 1, joined({option6(79, {0, 1, 1, 2, 3, 4, 5, 6}), option6(9, ByteView(answer))}));
    wire::for_each_damage(relayed, [&](ByteView bytes) {
        session_.tracker.on_v6(session_.packet, bytes, session_.out);
        session_.out.clear();
    });
    EXPECT_EQ(session_.counts.dhcpv6, relayed.size() + 1 + 256 * relayed.size());
}

}  // namespace
}  // namespace vedette::decode
