#include "decode/protocol/protocol.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vedette::decode {
namespace {

TEST(Protocol, NamesAreDistinctAndFound) {
    std::set<std::string_view> names;
    for (std::size_t row = 0; row < kProtocols; ++row) {
        const auto id = static_cast<ProtocolId>(row);
        EXPECT_FALSE(info(id).title.empty());
        EXPECT_TRUE(names.insert(info(id).name).second) << info(id).name;
        EXPECT_EQ(find_protocol(info(id).name), id);
    }
    EXPECT_EQ(find_protocol("https"), ProtocolId::Https);
    EXPECT_EQ(find_protocol("no such"), std::nullopt);
}

TEST(Protocol, NoTwoRowsClaimOneNumber) {
    std::set<std::pair<int, unsigned>> claims;
    for (std::size_t row = 0; row < kProtocols; ++row) {
        for (const ProtocolMark& mark : marks(static_cast<ProtocolId>(row))) {
            using By = ProtocolMark::By;
            const bool tcp = mark.by == By::TcpPort || mark.by == By::TlsPort ||
                             mark.by == By::MixedPort || mark.by == By::BothPorts;
            const bool udp = mark.by == By::UdpPort || mark.by == By::BothPorts;
            const std::string_view name = info(static_cast<ProtocolId>(row)).name;
            if (tcp) {
                EXPECT_TRUE(claims.insert({100, mark.number}).second) << name;
            }
            if (udp) {
                EXPECT_TRUE(claims.insert({101, mark.number}).second) << name;
            }
            if (mark.number != 0 && !tcp && !udp) {
                EXPECT_TRUE(claims.insert({static_cast<int>(mark.by), mark.number}).second) << name;
            }
        }
    }
    EXPECT_GT(claims.size(), 200U);
}

TEST(Protocol, TheServersPortIsTheLower) {
    EXPECT_EQ(protocol_of_ports(Carrier::Tcp, 50'000, 443), ProtocolId::Https);
    EXPECT_EQ(protocol_of_ports(Carrier::Tcp, 443, 5'432), ProtocolId::Https);
    EXPECT_EQ(protocol_of_ports(Carrier::Tcp, 50'000, 5'432), ProtocolId::PostgreSql);
    EXPECT_EQ(protocol_of_ports(Carrier::Udp, 50'000, 443), ProtocolId::Quic);
    EXPECT_EQ(protocol_of_ports(Carrier::Tcp, 50'000, 50'001), ProtocolId::Unknown);
}

TEST(Protocol, LinkAndNetworkNumbers) {
    EXPECT_EQ(protocol_of_ether_type(0x88cc), ProtocolId::Lldp);
    EXPECT_EQ(protocol_of_llc(0x4242), ProtocolId::Stp);
    EXPECT_EQ(protocol_of_snap(0x2000), ProtocolId::Cdp);
    EXPECT_EQ(protocol_of_ip(2), ProtocolId::Igmp);
    EXPECT_EQ(protocol_of_ip(253), ProtocolId::Unknown);
    EXPECT_EQ(protocol_of_ether_type(0x1234), ProtocolId::Unknown);
}

TEST(Protocol, TlsKeepsTheNameOfWhatItCarries) {
    EXPECT_TRUE(keeps_name(ProtocolId::Https, ProtocolId::Tls));
    EXPECT_TRUE(keeps_name(ProtocolId::Smtp, ProtocolId::Tls));  // STARTTLS
    EXPECT_TRUE(keeps_name(ProtocolId::Ipp, ProtocolId::Http));
    EXPECT_FALSE(keeps_name(ProtocolId::Http, ProtocolId::Tls));
    EXPECT_FALSE(keeps_name(ProtocolId::Https, ProtocolId::Http));
    EXPECT_FALSE(keeps_name(ProtocolId::Unknown, ProtocolId::Tls));
}

}  // namespace
}  // namespace vedette::decode
