#include "wire/link/link.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/reader/battery.hpp"

namespace vedette::wire::link {
namespace {

constexpr std::uint8_t kIpFirst = 0x45;
const std::string kMacs = "020000000001 020000000002";
const std::string kIp = "45000014";

LinkView read(std::uint16_t type, std::vector<std::uint8_t>& frame) {
    return read_link(type, ByteView(frame));
}

struct Case {
    const char* name;
    std::uint16_t link_type;
    std::string hex;
    std::uint16_t ether_type;  ///< expected; the payload starts with kIp
    bool has_source = false;
    std::uint16_t vlan = 0;
};

std::vector<Case> ethernet_cases() {
    return {
        {"ethernet", 1, kMacs + "0800" + kIp, kEtherIpv4, true},
        {"ethernet ipv6", 1, kMacs + "86dd" + kIp, kEtherIpv6, true},
        {"802.1q", 1, kMacs + "8100 600b 0800" + kIp, kEtherIpv4, true, 11},
        {"802.1ad qinq", 1, kMacs + "88a8 0064 8100 00c8 0800" + kIp, kEtherIpv4, true, 100},
        {"0x9100 qinq", 1, kMacs + "9100 0064 8100 00c8 0800" + kIp, kEtherIpv4, true, 100},
        {"mpls two labels", 1, kMacs + "8847 00010040 00011140" + kIp, kEtherIpv4, true},
        {"mpls pseudowire", 1,
         kMacs + "8847 00011140 00000000 0a0000000001 0a0000000002 0800" + kIp, kEtherIpv4, true},
        {"mpls pseudowire without control word", 1,
         kMacs + "8847 00011140 0a0000000001 0a0000000002 0800" + kIp, kEtherIpv4, true},
        {"mac in mac", 1, kMacs + "88a8 0005 88e7 00000007 0a0000000001 0a0000000002 0800" + kIp,
         kEtherIpv4, true, 5},
        {"pppoe", 1, kMacs + "8864 1100 0001 0006 0021" + kIp, kEtherIpv4, true},
        {"pppoe compressed protocol", 1, kMacs + "8864 1100 0001 0005 21" + kIp, kEtherIpv4, true},
        {"802.3 snap", 1, kMacs + "000c aaaa03 000000 0800" + kIp, kEtherIpv4, true},
        {"802.3 ip sap", 1, kMacs + "0007 060603" + kIp, kEtherIpv4, true},
        {"vlan over llc", 1, kMacs + "8100 0005 000c aaaa03 000000 0800" + kIp, kEtherIpv4, true,
         5},
        {"nsh", 1, kMacs + "894f 0fc6 0101 000001ff 00000000 00000000 00000000 00000000" + kIp,
         kEtherIpv4, true},
    };
}

std::vector<Case> other_cases() {
    return {
        {"null little", 0, "02000000" + kIp, kEtherIpv4},
        {"null big", 0, "00000002" + kIp, kEtherIpv4},
        {"null darwin ipv6", 0, "1e000000" + kIp, kEtherIpv6},
        {"loop freebsd ipv6", 108, "0000001c" + kIp, kEtherIpv6},
        {"null with ppp", 0, "ff03 0021" + kIp, kEtherIpv4},
        {"ppp", 9, "ff03 0021" + kIp, kEtherIpv4},
        {"ppp bare", 9, "0057" + kIp, kEtherIpv6},
        {"ppp hdlc cisco", 50, "0f00 0800" + kIp, kEtherIpv4},
        {"pppd", 166, "00 03 0021" + kIp, kEtherIpv4},
        {"ppp with direction", 204, "01 ff03 0021" + kIp, kEtherIpv4},
        {"cisco hdlc", 104, "0f00 0800" + kIp, kEtherIpv4},
        {"frame relay nlpid", 107, "1841 03 cc" + kIp, kEtherIpv4},
        {"frame relay snap", 107, "1841 0300 80 000000 0800" + kIp, kEtherIpv4},
        {"frame relay cisco", 107, "1841 0800" + kIp, kEtherIpv4},
        {"raw", 101, kIp, kEtherIpv4},
        {"raw dlt 12", 12, kIp, kEtherIpv4},
        {"raw ipv4", 228, kIp, kEtherIpv4},
        {"raw ipv6", 229, kIp, kEtherIpv6},
        {"null with cisco hdlc", 0, "0f00 0800" + kIp, kEtherIpv4},
        {"sll", 113, "0000 0001 0006 020000000002 0000 0800" + kIp, kEtherIpv4, true},
        {"sll loopback", 113, "0000 0304 0006 000000000000 0000 0800" + kIp, kEtherIpv4},
        {"sll vlan", 113, "0000 0001 0006 020000000002 0000 8100 000b 0800" + kIp, kEtherIpv4, true,
         11},
        {"sll llc", 113, "0000 0001 0006 020000000002 0000 0004 aaaa03 000000 0800" + kIp,
         kEtherIpv4, true},
        {"sll2", 276, "0800 0000 00000003 0001 00 06 020000000002 0000" + kIp, kEtherIpv4, true},
        {"token ring", 6, "1040 020000000001 020000000002 aaaa03 000000 0800" + kIp, kEtherIpv4,
         true},
        {"token ring routed", 6, "1040 020000000001 820000000002 0220 aaaa03 000000 0800" + kIp,
         kEtherIpv4, true},
        {"fddi", 10, "50 400000000080 400000000040 aaaa03 000000 0800" + kIp, kEtherIpv4, true},
        {"atm llc", 100, "aaaa03 000000 0800" + kIp, kEtherIpv4},
        {"sun atm", 123, "02000064 aaaa03 000000 0800" + kIp, kEtherIpv4},
        {"sun atm of unknown traffic", 123, "00000064 aaaa03 000000 0800" + kIp, kEtherIpv4},
        {"ip over fibre channel", 122,
         "0000 020000000001 0000 020000000002 aaaa03 000000 0800" + kIp, kEtherIpv4, true},
        {"slip", 8, "00c00000000000000000000000000000" + kIp, kEtherIpv4},
        {"firewire", 138, "0000000000000001 0000000000000002 0800" + kIp, kEtherIpv4},
        {"infiniband", 242, std::string(80, '0') + "0800 0000" + kIp, kEtherIpv4},
        {"enc", 109, "02000000 00000000 00000000" + kIp, kEtherIpv4},
        {"pflog", 117, "0502000000000000" + kIp, kEtherIpv4},
        {"nflog little", 239, "02000000 10000800 0006 0000 020000000002 0000 08000900" + kIp,
         kEtherIpv4, true},
        {"nflog big", 239, "02000000 00080009" + kIp, kEtherIpv4},
        {"pktap", 258, "0c000000 01000000 01000000" + kMacs + "0800" + kIp, kEtherIpv4, true},
        {"ppi", 192, "00000800 01000000" + kMacs + "0800" + kIp, kEtherIpv4, true},
        {"netanalyzer", 240, "00000000" + kMacs + "0800" + kIp, kEtherIpv4, true},
        {"mpls link", 219, "00011140" + kIp, kEtherIpv4},
    };
}

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases = [] {
        std::vector<Case> all = ethernet_cases();
        const std::vector<Case> others = other_cases();
        all.insert(all.end(), others.begin(), others.end());
        return all;
    }();
    return kCases;
}

TEST(Link, EveryKindFindsThePayload) {
    for (const Case& c : cases()) {
        auto frame = from_hex(c.hex);
        const LinkView view = read(c.link_type, frame);
        EXPECT_EQ(view.ether_type, c.ether_type) << c.name;
        ASSERT_GE(view.payload.size(), 1U) << c.name;
        EXPECT_EQ(view.payload[0], kIpFirst) << c.name;
        EXPECT_EQ(view.vlan, c.vlan) << c.name;
        EXPECT_FALSE(view.damage) << c.name;
        if (c.has_source) {
            EXPECT_EQ(view.source, (MacBytes{2, 0, 0, 0, 0, 2})) << c.name;
        }
    }
}

TEST(Link, DamageNeverLeavesTheFrame) {
    for (const Case& c : cases()) {
        const auto vector = from_hex(c.hex);
        for_each_damage(vector, [&](ByteView frame) {
            const LinkView view = read_link(c.link_type, frame);
            ASSERT_TRUE(lies_within(view.payload, frame)) << c.name;
            ASSERT_TRUE(view.ether_type != 0 || view.payload.empty()) << c.name;
        });
    }
}

TEST(Link, CutInsideTheHeaderIsTold) {
    auto frame = from_hex(kMacs + "08");
    EXPECT_EQ(read(1, frame).damage.id, AnomalyId::LinkTruncated);
    EXPECT_EQ(read(1, frame).damage.offset, 12U);
}

TEST(Link, UnknownTypeIsTold) {
    auto frame = from_hex("00");
    EXPECT_EQ(read(147, frame).damage.id, AnomalyId::LinkUnknownType);
}

TEST(Link, TagsAtTheLimit) {
    for (const unsigned tags : {kMaxTags - 1, kMaxTags, kMaxTags + 1}) {
        std::string hex = kMacs;
        for (unsigned i = 0; i < tags; ++i)
            hex += "8100 0001";
        auto frame = from_hex(hex + "0800" + kIp);
        const LinkView view = read(1, frame);
        EXPECT_EQ(view.damage.id == AnomalyId::LinkTooManyTags, tags > kMaxTags) << tags;
        EXPECT_EQ(view.ether_type, tags > kMaxTags ? 0 : kEtherIpv4) << tags;
    }
}

TEST(Link, PaddingOf8023IsDropped) {
    auto frame = from_hex(kMacs + "000c aaaa03 000000 0800" + kIp + "00000000");
    EXPECT_EQ(read(1, frame).payload.size(), 4U);
}

TEST(Link, SelfWrappingHeadersEnd) {
    std::string hex;
    for (int i = 0; i < 50; ++i)
        hex += "00000800 c0000000";  // PPI in PPI
    auto frame = from_hex(hex);
    EXPECT_EQ(read(192, frame).damage.id, AnomalyId::LinkTooManyTags);
    hex = kMacs + "0800";
    for (int i = 0; i < 50; ++i)
        hex = kMacs + "6558" + hex;
    auto nested = from_hex(hex);
    EXPECT_TRUE(read(1, nested).damage);
}

}  // namespace
}  // namespace vedette::wire::link
