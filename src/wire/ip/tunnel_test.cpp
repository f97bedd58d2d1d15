#include "wire/ip/tunnel.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/ip/ip.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::wire::ip {
namespace {

struct Case {
    const char* name;
    Tunnel tunnel;
    std::string hex;
    Inner inner;
    std::uint16_t number;     ///< EtherType or link type
    std::size_t payload = 4;  ///< bytes
};

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases{
        {"gre", Tunnel::Gre, "0000 0800 45000014", Inner::EtherType, 0x0800},
        {"gre all fields", Tunnel::Gre, "b000 86dd 00000000 00000001 00000002 60000000",
         Inner::EtherType, 0x86dd},
        {"gre bridged", Tunnel::Gre, "2000 6558 00000001 02000000", Inner::EtherType, 0x6558},
        {"gre pptp", Tunnel::Gre, "3081 880b 00040001 00000001 00000002 ff030021", Inner::LinkType,
         9},
        {"gre routing", Tunnel::Gre, "4000 0800 00000000 08000004 c0000201 00000000 45000014",
         Inner::EtherType, 0x0800},
        {"erspan ii", Tunnel::Gre, "1000 88be 00000001 1001000000000000 02000000", Inner::LinkType,
         1},
        {"erspan iii", Tunnel::Gre, "1000 22eb 00000001 200000000000000000000000 02000000",
         Inner::LinkType, 1},
        {"gre eoip", Tunnel::Gre, "2001 6400 00040007 02000000", Inner::LinkType, 1},
        {"gre wccp 1", Tunnel::Gre, "0000 883e 45000014", Inner::Ip, 0},
        {"gre wccp 2", Tunnel::Gre, "0000 883e 00010000 45000014", Inner::Ip, 0},
        {"tzsp", Tunnel::Tzsp, "01000001 01 02000000", Inner::LinkType, 1},
        {"tzsp 802.11 with fields", Tunnel::Tzsp, "01000012 00 0a01c4 1d00 01 08010000",
         Inner::LinkType, 105},
        {"vxlan", Tunnel::Vxlan, "08000000 00007b00 02000000", Inner::LinkType, 1},
        {"vxlan gpe ip", Tunnel::VxlanGpe, "0c000001 00007b00 45000014", Inner::EtherType, 0x0800},
        {"gtp-u", Tunnel::GtpU, "30ff0004 00000001 45000014", Inner::Ip, 0},
        {"gtp-u extension", Tunnel::GtpU, "34ff000c 00000001 00000085 01000900 45000014", Inner::Ip,
         0},
        {"geneve", Tunnel::Geneve, "01006558 00000100 00000000 02000000", Inner::EtherType, 0x6558},
        {"teredo", Tunnel::Teredo, "60000000", Inner::Ip, 0},
        {"teredo indicators", Tunnel::Teredo,
         "0001 00 00 0000000000000000 00 0000 ffff c0000201 60000000", Inner::Ip, 0},
        {"l2tp", Tunnel::L2tp, "4002 000c 0001 0002 ff030021", Inner::LinkType, 9},
        {"capwap 802.11", Tunnel::Capwap, "00100300 00000000 08010000", Inner::LinkType, 105},
        {"ether in ip", Tunnel::EtherIp, "3000 02000000", Inner::LinkType, 1},
        {"mpls", Tunnel::Mpls, "00011140", Inner::EtherType, 0x8847},
    };
    return kCases;
}

TEST(Tunnel, EveryKindFindsThePayload) {
    for (const Case& c : cases()) {
        const auto bytes = from_hex(c.hex);
        const TunnelView view = read_tunnel(c.tunnel, bytes);
        EXPECT_EQ(view.inner, c.inner) << c.name;
        EXPECT_EQ(view.inner == Inner::LinkType ? view.link_type : view.ether_type, c.number)
            << c.name;
        EXPECT_EQ(view.payload.size(), c.payload) << c.name;
        EXPECT_FALSE(view.damage) << c.name;
    }
}

TEST(Tunnel, DamageNeverLeavesTheInput) {
    for (const Case& c : cases()) {
        for_each_damage(from_hex(c.hex), [&](ByteView bytes) {
            const TunnelView view = read_tunnel(c.tunnel, bytes);
            ASSERT_TRUE(lies_within(view.payload, bytes)) << c.name;
            ASSERT_TRUE(!view.damage || view.inner == Inner::Nothing) << c.name;
        });
    }
}

TEST(Tunnel, ControlTrafficIsLeftAlone) {
    const auto echo = from_hex("32010004 00000000 00000000");
    EXPECT_EQ(read_tunnel(Tunnel::GtpU, echo).inner, Inner::Nothing);
    EXPECT_FALSE(read_tunnel(Tunnel::GtpU, echo).damage);
    const auto acknowledgment = from_hex("2081 880b 00000001 00000002");
    EXPECT_EQ(read_tunnel(Tunnel::Gre, acknowledgment).inner, Inner::Nothing);
    const auto no_vni = from_hex("00000000 00007b00 02000000");
    EXPECT_EQ(read_tunnel(Tunnel::Vxlan, no_vni).inner, Inner::Nothing);
}

TEST(Tunnel, CutHeadersAreTold) {
    const auto cut = from_hex("3000 0800 0000");
    EXPECT_EQ(read_tunnel(Tunnel::Gre, cut).damage.id, AnomalyId::TunnelTruncated);
    const auto zero_extension = from_hex("34ff000c 00000001 00000085 00000900 45000014");
    EXPECT_EQ(read_tunnel(Tunnel::GtpU, zero_extension).damage.id, AnomalyId::TunnelTruncated);
}

TEST(Tunnel, PortsAndProtocols) {
    EXPECT_EQ(tunnel_of_udp_port(4789), Tunnel::Vxlan);
    EXPECT_EQ(tunnel_of_udp_port(53), Tunnel::None);
    EXPECT_EQ(tunnel_of_ip_protocol(kProtoGre), Tunnel::Gre);
    EXPECT_EQ(tunnel_of_ip_protocol(kProtoUdp), Tunnel::None);
}

}  // namespace
}  // namespace vedette::wire::ip
