#include "wire/arp/arp.hpp"

#include <gtest/gtest.h>

#include "wire/reader/battery.hpp"

namespace vedette::wire::arp {
namespace {

const auto kRequestPacket =
    from_hex("0001 0800 06 04 0001 020000000002 c0000202 000000000000 c0000201");

TEST(Arp, RequestClaimsItsSender) {
    const ArpView view = read_arp(kRequestPacket);
    EXPECT_EQ(view.operation, kRequest);
    EXPECT_EQ(view.sender_mac[5], 2);
    EXPECT_EQ(view.sender_ip[3], 2);
    EXPECT_EQ(view.target_ip[3], 1);
    EXPECT_TRUE(view.claims_address());
    EXPECT_FALSE(view.damage);
}

TEST(Arp, ProbesGroupsAndReverseArpClaimNothing) {
    auto probe = kRequestPacket;
    for (std::size_t i = 14; i < 18; ++i)
        probe[i] = 0;
    EXPECT_FALSE(read_arp(probe).claims_address());
    auto group = kRequestPacket;
    group[8] = 0x01;
    EXPECT_FALSE(read_arp(group).claims_address());
    auto reverse = kRequestPacket;
    reverse[7] = 3;
    EXPECT_FALSE(read_arp(reverse).claims_address());
}

TEST(Arp, OtherHardwareIsNotDamage) {
    const auto infiniband = from_hex("0020 0800 02 04 0001 aaaa c0000202 bbbb c0000201");
    EXPECT_FALSE(read_arp(infiniband).damage);
    EXPECT_FALSE(read_arp(infiniband).claims_address());
    const auto lengths = from_hex("0001 0800 02 04 0001 aaaa c0000202 bbbb c0000201");
    EXPECT_EQ(read_arp(lengths).damage.id, AnomalyId::ArpDamaged);
}

TEST(Arp, DamageNeverLeavesTheInput) {
    for_each_damage(kRequestPacket, [](ByteView bytes) {
        const ArpView view = read_arp(bytes);
        ASSERT_TRUE(lies_within(view.sender_mac, bytes) && lies_within(view.target_ip, bytes));
        ASSERT_TRUE(!view.damage || !view.claims_address());
        ASSERT_TRUE(bytes.size() == kRequestPacket.size() || view.damage);
    });
}

}  // namespace
}  // namespace vedette::wire::arp
