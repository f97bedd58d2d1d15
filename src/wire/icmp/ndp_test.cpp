#include "wire/icmp/ndp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/reader/battery.hpp"

namespace vedette::wire::icmp {
namespace {

const std::string kTarget = "fe800000000000000000000000000001";
const std::string kSourceOption = "0101020000000002";
const std::string kTargetOption = "0201020000000003";

TEST(Ndp, SolicitationAndAdvertisement) {
    const auto solicitation = from_hex("87000000 00000000" + kTarget + kSourceOption);
    NdpView view = read_ndp(solicitation, 0);
    EXPECT_TRUE(view.is_ndp);
    EXPECT_EQ(view.type, kNeighbourSolicitation);
    EXPECT_EQ(view.target[15], 1);
    EXPECT_EQ(view.source_mac[5], 2);
    EXPECT_TRUE(view.target_mac.empty());
    const auto advertisement = from_hex("88000000 60000000" + kTarget + kTargetOption);
    view = read_ndp(advertisement, 0);
    EXPECT_EQ(view.target_mac[5], 3);
    EXPECT_FALSE(view.damage);
}

TEST(Ndp, RouterMessages) {
    const auto solicitation = from_hex("85000000 00000000" + kSourceOption);
    EXPECT_EQ(read_ndp(solicitation, 0).source_mac[5], 2);
    // A prefix option of four units stands before the address.
    const std::string prefix =
        "0304 40c0 00000001 00000001 00000000 20010db8" + std::string(24, '0');
    const auto advertisement =
        from_hex("86000000 40000708 00000000 00000000" + prefix + kSourceOption);
    const NdpView view = read_ndp(advertisement, 0);
    EXPECT_EQ(view.source_mac[5], 2);
    EXPECT_TRUE(view.target.empty());
    ASSERT_EQ(view.prefix.size(), 16U);
    EXPECT_EQ(view.prefix[0], 0x20);
    EXPECT_EQ(view.prefix_length, 64);
    EXPECT_FALSE(view.damage);
}

TEST(Ndp, OptionsThatLie) {
    const auto zero = from_hex("85000000 00000000 0100020000000002");
    EXPECT_EQ(read_ndp(zero, 0).damage.id, AnomalyId::NdpDamaged);
    EXPECT_TRUE(read_ndp(zero, 0).source_mac.empty());
    const auto over = from_hex("85000000 00000000 0102020000000002");
    EXPECT_EQ(read_ndp(over, 0).damage.id, AnomalyId::NdpDamaged);
    EXPECT_EQ(read_ndp(over, 8).damage.id, AnomalyId::IpPayloadCut);
}

TEST(Ndp, OtherMessagesAreNotRead) {
    const auto echo = from_hex("80000000 00010001");
    EXPECT_FALSE(read_ndp(echo, 0).is_ndp);
    EXPECT_FALSE(read_ndp(echo, 0).damage);
    EXPECT_EQ(read_ndp(ByteView{}, 0).damage.id, AnomalyId::IcmpTruncated);
}

TEST(Ndp, DamageNeverLeavesTheInput) {
    const auto vector = from_hex("89000000 00000000" + kTarget + kTarget + kTargetOption);
    EXPECT_EQ(read_ndp(vector, 0).target_mac[5], 3);
    for_each_damage(vector, [](ByteView bytes) {
        const NdpView view = read_ndp(bytes, 0);
        ASSERT_TRUE(lies_within(view.target, bytes) && lies_within(view.target_mac, bytes));
        ASSERT_TRUE(view.is_ndp || view.source_mac.empty());
    });
}

}  // namespace
}  // namespace vedette::wire::icmp
