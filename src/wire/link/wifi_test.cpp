#include <gtest/gtest.h>

#include <string>

#include "wire/link/link.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::wire::link {
namespace {

const std::string kAp = "0a0000000001";
const std::string kStation = "0a0000000002";
const std::string kPeer = "0a0000000003";
const std::string kSnapIp = "aaaa03 000000 0800 45000014";

/// A data frame from a station to `kPeer`; `control` and `flags` are the frame control bytes.
std::string to_ds(const std::string& control, const std::string& flags) {
    return control + flags + "0000" + kAp + kStation + kPeer + "1000";
}

LinkView read(std::uint16_t type, const std::string& hex, std::vector<std::uint8_t>& keep) {
    keep = from_hex(hex);
    return read_link(type, ByteView(keep));
}

TEST(Wifi, AddressesFollowTheDsBits) {
    std::vector<std::uint8_t> keep;
    const MacBytes station{0x0a, 0, 0, 0, 0, 2};
    LinkView view = read(105, to_ds("08", "01") + kSnapIp, keep);
    EXPECT_EQ(view.ether_type, kEtherIpv4);
    EXPECT_EQ(view.source, station);
    EXPECT_EQ(view.destination[5], 3);
    view = read(105, "0802 0000" + kPeer + kAp + kStation + "1000" + kSnapIp, keep);
    EXPECT_EQ(view.source, station);
    view = read(105, "0800 0000" + kPeer + kStation + kAp + "1000" + kSnapIp, keep);
    EXPECT_EQ(view.source, station);
    view = read(105, "0803 0000" + kAp + kAp + kPeer + "1000" + kStation + kSnapIp, keep);
    EXPECT_EQ(view.source, station);
}

TEST(Wifi, WhatCannotBeReadIsLeftAlone) {
    std::vector<std::uint8_t> keep;
    for (const auto& hex : {to_ds("08", "41"), to_ds("48", "01"), to_ds("80", "00"),
                            to_ds("08", "05"), to_ds("b4", "00")}) {
        const LinkView view = read(105, hex + kSnapIp, keep);
        EXPECT_EQ(view.ether_type, 0) << hex;
        EXPECT_FALSE(view.damage) << hex;
    }
}

TEST(Wifi, QosAndRadiotapWithPadding) {
    std::vector<std::uint8_t> keep;
    EXPECT_EQ(read(105, to_ds("88", "01") + "0000" + kSnapIp, keep).ether_type, kEtherIpv4);
    // TSFT and flags (data pad): the 26-byte header is followed by two bytes of padding.
    const std::string radiotap = "00001900 03000000 0000000000000000 20 0000000000000000";
    EXPECT_EQ(read(127, radiotap + to_ds("88", "01") + "0000 0000" + kSnapIp, keep).ether_type,
              kEtherIpv4);
    EXPECT_EQ(read(127, "00000800 00000000" + to_ds("08", "01") + kSnapIp, keep).ether_type,
              kEtherIpv4);
    EXPECT_EQ(
        read(127, "00000c00 00000080 00000000" + to_ds("08", "01") + kSnapIp, keep).ether_type,
        kEtherIpv4);
}

TEST(Wifi, OtherRadioHeaders) {
    std::vector<std::uint8_t> keep;
    const std::string frame = to_ds("08", "01") + kSnapIp;
    EXPECT_EQ(read(119, "44000000 0c000000 00000000" + frame, keep).ether_type, kEtherIpv4);
    EXPECT_EQ(read(119, "80211001 0000000c 00000000" + frame, keep).ether_type, kEtherIpv4);
    EXPECT_EQ(read(163, "80211001 0000000c 00000000" + frame, keep).ether_type, kEtherIpv4);
    EXPECT_EQ(read(192, "00000c00 69000000 00000000" + frame, keep).ether_type, kEtherIpv4);
}

TEST(Wifi, AmsduGivesEverySubframe) {
    std::vector<std::uint8_t> keep;
    const std::string subframe = kPeer + kStation + "000c" + kSnapIp;
    LinkView view = read(
        105, to_ds("88", "01") + "8000" + subframe + "0000" + subframe + "0000" + subframe, keep);
    EXPECT_EQ(view.ether_type, 0);
    int subframes = 0;
    while (!view.more.empty()) {
        view = read_subframe(view.more);
        EXPECT_EQ(view.ether_type, kEtherIpv4);
        EXPECT_EQ(view.source[5], 2);
        ++subframes;
    }
    EXPECT_EQ(subframes, 3);
}

TEST(Wifi, DamageNeverLeavesTheFrame) {
    const std::string radiotap = "00001900 03000000 0000000000000000 20 0000000000000000";
    const auto vector = from_hex(radiotap + to_ds("88", "81") + "0000 00000000 0000" + kSnapIp);
    for_each_damage(vector, [](ByteView frame) {
        ASSERT_TRUE(lies_within(read_link(127, frame).payload, frame));
    });
    const auto amsdu = from_hex(kPeer + kStation + "000c" + kSnapIp + "0000" + kPeer);
    for_each_damage(amsdu, [](ByteView frame) {
        const LinkView view = read_subframe(frame);
        ASSERT_TRUE(lies_within(view.payload, frame) && lies_within(view.more, frame));
    });
}

}  // namespace
}  // namespace vedette::wire::link
