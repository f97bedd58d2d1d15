#include "sys/capture/live_link.hpp"

#include <gtest/gtest.h>
#include <net/if_arp.h>

#include <array>
#include <numeric>
#include <span>
#include <vector>

namespace vedette::sys {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(LiveLink, KernelTypesBecomeFileTypes) {
    EXPECT_EQ(live_link(ARPHRD_ETHER).link_type, 1U);
    EXPECT_EQ(live_link(ARPHRD_LOOPBACK).link_type, 1U);
    EXPECT_EQ(live_link(ARPHRD_NONE).link_type, 101U);
    EXPECT_FALSE(live_link(ARPHRD_NONE).cooked);
    EXPECT_EQ(live_link(ARPHRD_PPP).link_type, 113U);
    EXPECT_TRUE(live_link(ARPHRD_PPP).cooked);
}

TEST(LiveLink, VlanTagGoesBehindTheAddresses) {
    std::array<std::uint8_t, 20> memory{};
    std::iota(memory.begin() + 4, memory.end(), std::uint8_t{0});
    const std::uint8_t* frame = restore_vlan_tag(memory.data() + 4, 0x88a8, 0x2064);
    EXPECT_EQ(frame, memory.data());
    EXPECT_EQ(Bytes(frame, frame + 20), (Bytes{0,  1,  2,    3,    4,    5,    6,  7,  8,  9,
                                               10, 11, 0x88, 0xa8, 0x20, 0x64, 12, 13, 14, 15}));
}

TEST(LiveLink, CookedHeaderStandsBeforeThePayload) {
    std::array<std::uint8_t, 18> memory{};
    memory[16] = 0x45;
    const std::array<std::uint8_t, 8> address{1, 2, 3, 4, 5, 6, 0, 0};
    const std::uint8_t* frame =
        prepend_cooked_header(memory.data() + 16, {4, ARPHRD_PPP, 6, address.data(), 0x0800});
    EXPECT_EQ(frame, memory.data());
    EXPECT_EQ(Bytes(frame, frame + 17),
              (Bytes{0, 4, 2, 0, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0, 0x45}));
}

}  // namespace
}  // namespace vedette::sys
