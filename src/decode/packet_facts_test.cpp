#include "decode/packet_facts.hpp"

#include <gtest/gtest.h>

#include "decode/flow_protocols.hpp"
#include "decode/protocol/examples.hpp"
#include "decode/test_packets.hpp"

namespace vedette::decode {
namespace {

using test::Bytes;
using test::ethernet;
using test::ipv4;
using test::ipv6;
using test::PacketList;
using test::udp;

Bytes to_bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

class PacketFactsTest : public testing::Test {
  protected:
    explicit PacketFactsTest() : inspector_({.dns_ports = kDnsPorts}) {}

    const PacketFacts& inspect(Bytes frame, std::uint16_t link_type = 1, std::uint32_t cut = 0) {
        list_.add(std::move(frame), link_type, cut);
        inspector_.inspect(list_.batch().packets.back(), ++number_, facts_);
        return facts_;
    }
    std::string_view protocol(Bytes frame, std::uint16_t link_type = 1) {
        return info(inspect(std::move(frame), link_type).protocol).name;
    }
    std::string_view tcp(std::uint16_t from, std::uint16_t to, std::string_view payload,
                         std::uint8_t flags = 0x18) {
        const bool to_client = from < to;
        return protocol(
            ethernet(0x0800, ipv4({.protocol = 6,
                                   .source = to_client ? test::kServerIp : test::kClientIp,
                                   .destination = to_client ? test::kClientIp : test::kServerIp},
                                  test::tcp({from, to, 1, flags}, to_bytes(payload)))));
    }
    std::string_view datagram(std::uint16_t from, std::uint16_t to, std::string_view payload) {
        return protocol(ethernet(0x0800, ipv4({}, udp(from, to, to_bytes(payload)))));
    }

    static constexpr std::uint16_t kDnsPorts[] = {53};
    PacketList list_;
    PacketInspector inspector_;
    PacketFacts facts_;
    std::uint64_t number_ = 0;
};

TEST_F(PacketFactsTest, AQueryOverUdp) {
    const PacketFacts& facts = inspect(test::query_frame(1, "example.com"), 1, 7);
    EXPECT_EQ(facts.protocol, ProtocolId::Dns);
    EXPECT_EQ(facts.packet, 1U);
    EXPECT_EQ(facts.link_source, test::mac(test::kClientMac));
    EXPECT_EQ(facts.link_destination, test::mac(test::kServerMac));
    EXPECT_EQ(facts.source, test::address(test::kClientIp));
    EXPECT_EQ(facts.destination, test::address(test::kServerIp));
    EXPECT_EQ(facts.outer_source, facts.source);
    EXPECT_EQ(facts.source_port, 40'000);
    EXPECT_EQ(facts.destination_port, 53);
    EXPECT_EQ(facts.ip_version, 4);
    EXPECT_EQ(facts.ip_protocol, 17);
    EXPECT_EQ(facts.hop_limit, 64);
    EXPECT_EQ(facts.captured, 14U + 20 + 8 + facts.payload.size());
    EXPECT_EQ(facts.original, facts.captured + 7);
    EXPECT_EQ(facts.ip_bytes, facts.captured - 14);
    EXPECT_EQ(facts.payload_bytes, facts.payload.size());
    EXPECT_TRUE(facts.has_link && facts.has_ip && facts.has_ports && !facts.tunneled);
    EXPECT_FALSE(facts.damage);
}

TEST_F(PacketFactsTest, FactsAreNotLeftOverFromThePacketBefore) {
    inspect(test::query_frame(1, "example.com"));
    const PacketFacts& facts = inspect(ethernet(0x88cc, Bytes(40)));
    EXPECT_EQ(facts.protocol, ProtocolId::Lldp);
    EXPECT_FALSE(facts.has_ip || facts.has_ports);
    EXPECT_EQ(facts.source_port, 0);
    EXPECT_EQ(facts.ip_bytes, 0U);
    EXPECT_TRUE(facts.payload.empty());
}

TEST_F(PacketFactsTest, LinksWithoutIp) {
    EXPECT_EQ(protocol(ethernet(0x0806, Bytes(28))), "ARP");
    EXPECT_EQ(protocol(ethernet(3, to_bytes("BB\x03"))), "STP");
    EXPECT_EQ(protocol(ethernet(11, to_bytes({"\xaa\xaa\x03\0\0\x0c\x20\0abc", 11}))), "CDP");
    EXPECT_EQ(protocol(ethernet(0x8863, Bytes(20))), "PPPoED");
    EXPECT_EQ(protocol(ethernet(0x8100, to_bytes({"\0\x05\x88\xcc", 4}))), "LLDP");
    EXPECT_EQ(facts_.vlan, 5);
    EXPECT_EQ(protocol(ethernet(0x1234, Bytes(20))), "Ethernet");
    EXPECT_EQ(protocol(ethernet(20, to_bytes("\x01\x02\x03"))), "LLC");
    EXPECT_EQ(protocol(ethernet(20, Bytes(20, 0xff))), "IPX");
    EXPECT_EQ(protocol(Bytes(8, 1)), "damaged");
    EXPECT_EQ(protocol(Bytes(40, 1), 147), "unknown");
    EXPECT_EQ(protocol(to_bytes(std::string("\x80") + std::string(40, 'x')), 105), "802.11");
}

TEST_F(PacketFactsTest, IpProtocols) {
    const Bytes body(24);
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 1}, {8, 0, 1, 2}))), "ICMP");
    EXPECT_TRUE(facts_.is_icmp);
    EXPECT_EQ(facts_.icmp_type, 8);
    EXPECT_EQ(protocol(ethernet(0x86dd, ipv6({.protocol = 58}, {135, 0, 1, 2}))), "ICMPv6");
    EXPECT_EQ(facts_.icmp_type, 135);
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 2}, body))), "IGMP");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 89}, body))), "OSPF");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 132}, body))), "SCTP");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 253}, body))), "IPv4");
    EXPECT_EQ(protocol(ethernet(0x86dd, ipv6({.protocol = 253}, body))), "IPv6");
    EXPECT_EQ(protocol(ethernet(0x0800, Bytes(3))), "IPv4");
    EXPECT_TRUE(facts_.damage);
    EXPECT_FALSE(facts_.has_ip);
}

TEST_F(PacketFactsTest, EveryExampleOnAnUnknownPort) {
    std::uint16_t port = 40'000;
    for (const test::Example& example : test::examples()) {
        port = static_cast<std::uint16_t>(port + 2);
        const auto other = static_cast<std::uint16_t>(port + 1);
        const auto seen = example.carrier == Carrier::Tcp ? tcp(port, other, example.payload)
                                                          : datagram(port, other, example.payload);
        EXPECT_EQ(seen, info(example.id).name) << example.payload;
    }
}

TEST_F(PacketFactsTest, AConnectionKeepsWhatItsFirstBytesSaid) {
    EXPECT_EQ(tcp(40'000, 4'500, "", 2), "TCP");
    EXPECT_EQ(tcp(4'500, 40'000, "SSH-2.0-x\r\n"), "SSH");
    EXPECT_EQ(tcp(40'000, 4'500, ""), "SSH");
    EXPECT_EQ(tcp(40'000, 4'500, "GET / HTTP/1.1\r\n"), "SSH");
    EXPECT_EQ(tcp(40'000, 4'500, "", 2), "TCP");  // a new connection
    EXPECT_EQ(tcp(40'000, 4'500, "GET / HTTP/1.1\r\n"), "HTTP");
}

TEST_F(PacketFactsTest, ThePortsWordStandsAfterAFewPayloads) {
    for (unsigned i = 0; i < FlowProtocols::kMaxLooks; ++i)
        EXPECT_EQ(tcp(40'000, 80, "opaque"), "HTTP");
    EXPECT_EQ(tcp(40'000, 80, "SSH-2.0-x\r\n"), "HTTP");
    for (unsigned i = 0; i + 1 < FlowProtocols::kMaxLooks; ++i)
        EXPECT_EQ(tcp(40'001, 80, "opaque"), "HTTP");
    EXPECT_EQ(tcp(40'001, 80, "SSH-2.0-x\r\n"), "SSH");
}

TEST_F(PacketFactsTest, ContentStandsAboveThePort) {
    EXPECT_EQ(tcp(40'000, 443, "SSH-2.0-x\r\n"), "SSH");
    EXPECT_EQ(tcp(40'001, 443, "GET / HTTP/1.1\r\n"), "HTTP");
    const std::string hello = "\x16\x03\x01" + std::string("\x02\0\x01\0\x01\xfc", 6);
    EXPECT_EQ(tcp(40'002, 443, hello), "HTTPS");
    EXPECT_EQ(tcp(40'003, 853, hello), "DoT");
    EXPECT_EQ(tcp(40'004, 25, hello), "SMTP");
    EXPECT_EQ(tcp(40'005, 80, hello), "TLS");
    EXPECT_EQ(tcp(40'006, 631, "POST /printers/a HTTP/1.1\r\n"), "IPP");
}

TEST_F(PacketFactsTest, FtpSaysWhereItsDataGoes) {
    EXPECT_EQ(tcp(21, 40'000, "227 Entering Passive Mode (192,0,2,53,117,49)\r\n"), "FTP");
    EXPECT_EQ(tcp(30'001, 40'001, "", 2), "FTP-data");
    EXPECT_EQ(tcp(21, 40'000, "229 Entering Extended Passive Mode (|||30002|)\r\n"), "FTP");
    EXPECT_EQ(tcp(30'002, 40'001, "", 2), "FTP-data");
    EXPECT_EQ(tcp(40'000, 21, "PORT 192,0,2,10,195,83\r\n"), "FTP");
    EXPECT_EQ(tcp(30'000, 50'003, "", 2), "FTP-data");
    EXPECT_EQ(tcp(21, 40'000, "227 nonsense (1,2,3)\r\n"), "FTP");
    EXPECT_EQ(tcp(30'004, 40'001, "", 2), "TCP");
}

TEST_F(PacketFactsTest, TftpGoesOnFromAnotherPort) {
    EXPECT_EQ(datagram(40'000, 69,
                       std::string("\0\x01"
                                   "f\0octet\0",
                                   10)),
              "TFTP");
    const Bytes data = udp(50'000, 40'000, to_bytes({"\0\x03\0\x01x", 5}));
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({17, test::kServerIp, test::kClientIp}, data))),
              "TFTP");
}

TEST_F(PacketFactsTest, DnsOnOtherPortsAsTheDecoderTakesIt) {
    const Bytes query = test::query(7, "example.com");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({}, udp(40'000, 8'053, query)))), "DNS");
    const Bytes framed = test::framed(query);
    EXPECT_EQ(tcp(40'000, 8'053, as_text(framed)), "DNS");
    PacketInspector blind({.dns_ports = kDnsPorts, .guess_dns_ports = false});
    list_.add(ethernet(0x0800, ipv4({}, udp(40'000, 8'053, query))));
    blind.inspect(list_.batch().packets.back(), 1, facts_);
    EXPECT_EQ(facts_.protocol, ProtocolId::Udp);
}

TEST_F(PacketFactsTest, FragmentsFollowTheirFirst) {
    const Bytes whole = udp(40'000, 123, Bytes(72));
    const Bytes head(whole.begin(), whole.begin() + 40);
    const Bytes tail(whole.begin() + 40, whole.end());
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.fragment = 5, .id = 9}, tail))), "IP fragment");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.fragment = 0x2000, .id = 9}, head))), "NTP");
    EXPECT_TRUE(facts_.fragment);
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.fragment = 5, .id = 9}, tail))), "NTP");
    EXPECT_EQ(facts_.destination_port, 123);
    EXPECT_EQ(facts_.fragment_offset, 40U);
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.fragment = 5, .id = 10}, tail))), "IP fragment");
    EXPECT_FALSE(facts_.has_ports);
}

TEST_F(PacketFactsTest, TunnelsAreOpened) {
    const Bytes inner =
        ipv4({.source = "10.0.0.1", .destination = "10.0.0.2"}, udp(40'000, 123, Bytes(48)));
    Bytes vxlan = to_bytes({"\x08\0\0\0\0\0\x01\0", 8});
    test::put(vxlan, ethernet(0x0800, inner));
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({}, udp(50'000, 4'789, vxlan)))), "NTP");
    EXPECT_TRUE(facts_.tunneled);
    EXPECT_EQ(facts_.source, test::address("10.0.0.1"));
    EXPECT_EQ(facts_.outer_source, test::address(test::kClientIp));
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({}, udp(50'000, 4'789, Bytes(20))))), "VXLAN");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 4}, inner))), "NTP");
    EXPECT_EQ(protocol(ethernet(0x0800, ipv4({.protocol = 47}, Bytes(4)))), "GRE");
}

TEST_F(PacketFactsTest, WhatTheCaptureCutStillCounts) {
    Bytes frame = ethernet(0x0800, ipv4({}, udp(40'000, 123, Bytes(100))));
    frame.resize(14 + 20 + 8 + 10);
    const PacketFacts& facts = inspect(std::move(frame), 1, 90);
    EXPECT_EQ(facts.protocol, ProtocolId::Ntp);
    EXPECT_EQ(facts.payload.size(), 10U);
    EXPECT_EQ(facts.payload_bytes, 100U);
    EXPECT_EQ(facts.ip_bytes, 128U);
}

TEST_F(PacketFactsTest, EveryPrefixOfEveryFrame) {
    std::vector<Bytes> frames{test::query_frame(1, "example.com"),
                              ethernet(0x86dd, ipv6({.protocol = 58}, Bytes(24, 135)))};
    for (const test::Example& example : test::examples()) {
        const Bytes payload = to_bytes(example.payload.substr(0, 120));
        frames.push_back(
            ethernet(0x0800, example.carrier == Carrier::Tcp
                                 ? ipv4({.protocol = 6}, test::tcp({40'000, 45'000}, payload))
                                 : ipv4({}, udp(40'000, 45'000, payload))));
    }
    for (const Bytes& frame : frames) {
        for (std::size_t length = 0; length <= frame.size(); ++length) {
            // The list keeps a copy of exactly this size.
            const PacketFacts& facts =
                inspect(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length)));
            ASSERT_LT(facts.protocol, ProtocolId::Count);
            ASSERT_LE(facts.payload.size(), length);
        }
    }
}

}  // namespace
}  // namespace vedette::decode
