#include "wire/ip/ip.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/reader/battery.hpp"

namespace vedette::wire::ip {
namespace {

const std::string kV4Addresses = "c0000201 c6336401";
const std::string kV6Addresses =
    "20010db8000000000000000000000001 20010db8000000000000000000000002";

std::string v6(const std::string& length, const std::string& next) {
    return "60000000" + length + next + "40" + kV6Addresses;
}

TEST(Ipv4, HeaderWithOptionsAndPadding) {
    const auto packet = from_hex("46000020 12340000 4011 0000" + kV4Addresses + "01010100" +
                                 "0035003500080000 ffff");
    const IpView view = read_ipv4(packet);
    EXPECT_EQ(view.version, 4);
    EXPECT_EQ(view.protocol, kProtoUdp);
    EXPECT_EQ(view.payload.size(), 8U);
    EXPECT_EQ(view.source[0], 192);
    EXPECT_EQ(view.hop_limit, 64);
    EXPECT_FALSE(view.fragment);
    EXPECT_FALSE(view.damage);
}

TEST(Ipv4, LengthsThatDoNotFit) {
    auto packet = from_hex("45000020 12340000 4011 0000" + kV4Addresses + "00350035");
    EXPECT_EQ(read_ipv4(packet).damage.id, AnomalyId::IpPayloadCut);
    EXPECT_EQ(read_ipv4(packet).missing, 8U);
    EXPECT_TRUE(read_ipv4(packet).readable());
    packet[3] = 19;
    EXPECT_EQ(read_ipv4(packet).damage.id, AnomalyId::IpBadTotalLength);
    EXPECT_FALSE(read_ipv4(packet).readable());
    packet[3] = 20;
    EXPECT_TRUE(read_ipv4(packet).payload.empty());
    EXPECT_FALSE(read_ipv4(packet).damage);
    packet[3] = 0;  // segmentation offload
    EXPECT_EQ(read_ipv4(packet).payload.size(), 4U);
    packet[0] = 0x44;
    EXPECT_EQ(read_ipv4(packet).damage.id, AnomalyId::IpBadHeaderLength);
    packet[0] = 0x4f;
    EXPECT_EQ(read_ipv4(packet).damage.id, AnomalyId::IpTruncated);
}

TEST(Ipv4, FragmentsAreNamed) {
    const auto first = from_hex("45000018 12342000 4011 0000" + kV4Addresses + "00350035");
    EXPECT_TRUE(read_ipv4(first).fragment);
    EXPECT_TRUE(read_ipv4(first).more_fragments);
    const auto last = from_hex("45000018 12340001 4011 0000" + kV4Addresses + "00350035");
    EXPECT_TRUE(read_ipv4(last).fragment);
    EXPECT_EQ(read_ipv4(last).fragment_offset, 8U);
    EXPECT_EQ(read_ipv4(last).fragment_id, 0x1234U);
}

TEST(Ipv6, ExtensionsAreSteppedOver) {
    const auto packet = from_hex(v6("0020", "00") + "2b00050200000000" + "3c00000000000000" +
                                 "1100010400000000" + "0035003500080000");
    const IpView view = read_ipv6(packet);
    EXPECT_EQ(view.protocol, kProtoUdp);
    EXPECT_EQ(view.payload.size(), 8U);
    EXPECT_FALSE(view.damage);
    const auto ah =
        from_hex(v6("0020", "33") + "1104000000000001 00000001 000000000000000000000000" +
                 "0035003500080000");
    EXPECT_EQ(read_ipv6(ah).protocol, kProtoUdp);
    EXPECT_EQ(read_ipv6(ah).payload.size(), 8U);
}

TEST(Ipv6, FragmentsAndAtomicFragments) {
    const auto atomic = from_hex(v6("0010", "2c") + "1100000000000007" + "0035003500080000");
    EXPECT_FALSE(read_ipv6(atomic).fragment);
    EXPECT_TRUE(read_ipv6(atomic).fragment_header);
    EXPECT_EQ(read_ipv6(atomic).payload.size(), 8U);
    const auto part = from_hex(v6("0010", "2c") + "1100001100000007" + "0035003500080000");
    const IpView view = read_ipv6(part);
    EXPECT_TRUE(view.fragment && view.more_fragments);
    EXPECT_EQ(view.fragment_offset, 16U);
    EXPECT_EQ(view.fragment_id, 7U);
    EXPECT_EQ(view.protocol, kProtoUdp);
    const auto twice =
        from_hex(v6("0018", "2c") + "2c00000000000007" + "1100000000000007" + "0035003500080000");
    EXPECT_EQ(read_ipv6(twice).damage.id, AnomalyId::Ip6ExtensionChain);
    EXPECT_FALSE(read_ipv6(twice).readable());
}

TEST(Ipv6, ChainAtTheLimit) {
    for (const unsigned count : {kMaxExtensions - 1, kMaxExtensions, kMaxExtensions + 1}) {
        std::string hex = v6("0000", "3c");
        for (unsigned i = 0; i + 1 < count; ++i)
            hex += "3c00000000000000";
        const auto packet = from_hex(hex + "1100000000000000" + "0035003500080000");
        EXPECT_EQ(read_ipv6(packet).readable(), count <= kMaxExtensions) << count;
    }
}

TEST(Ipv6, ExtensionsInFrontOfAReassembledPayload) {
    const auto payload = from_hex(
        "1100000000000000"
        "0035003500080000");
    IpView view;
    view.version = 6;
    view.protocol = kProtoDestination;
    view.fragment = true;
    view.payload = ByteView(payload);
    read_extensions(view);
    EXPECT_EQ(view.protocol, kProtoUdp);
    EXPECT_EQ(view.payload.size(), 8U);
}

TEST(Ip, VersionsAndDamage) {
    const auto other = from_hex("50000000");
    EXPECT_EQ(read_ip(other).damage.id, AnomalyId::IpBadVersion);
    EXPECT_EQ(read_ip(ByteView{}).damage.id, AnomalyId::IpTruncated);
    const std::vector<std::vector<std::uint8_t>> vectors{
        from_hex("46000020 12342000 4011 0000" + kV4Addresses + "01010100" + "0035003500080000"),
        from_hex(v6("0018", "00") + "2c00050200000000" + "1100000000000007" + "0035003500080000")};
    for (const auto& vector : vectors) {
        for_each_damage(vector, [](ByteView packet) {
            const IpView view = read_ip(packet);
            ASSERT_TRUE(lies_within(view.payload, packet));
            ASSERT_TRUE(view.readable() || view.damage);
            ASSERT_TRUE(!view.readable() || !view.source.empty());
        });
    }
}

}  // namespace
}  // namespace vedette::wire::ip
