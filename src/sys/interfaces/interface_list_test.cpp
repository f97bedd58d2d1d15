#include "sys/interfaces/interface_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vedette::sys {
namespace {

TEST(InterfaceList, LoopbackIsWhatItAlwaysIs) {
    const auto interfaces = list_interfaces();
    ASSERT_TRUE(interfaces.has_value()) << interfaces.error().text;
    const auto lo = std::ranges::find(*interfaces, "lo", &InterfaceStatus::name);
    if (lo == interfaces->end()) GTEST_SKIP() << "no loopback here";
    EXPECT_EQ(lo->kind, InterfaceKind::Loopback);
    EXPECT_EQ(lo->link_type, 1U);
    EXPECT_EQ(lo->mac, "");
    EXPECT_GT(lo->mtu, 0U);
    EXPECT_FALSE(lo->default_route);
    if (lo->state == InterfaceState::Up) {
        EXPECT_TRUE(std::ranges::count(lo->addresses, "127.0.0.1/8") == 1);
    }
}

InterfaceStatus interface(std::string name, InterfaceKind kind, InterfaceState state) {
    InterfaceStatus status;
    status.name = std::move(name);
    status.kind = kind;
    status.state = state;
    status.addresses = {"192.0.2.1/24"};
    return status;
}

TEST(InterfaceList, BestToWatchPrefersAMirrorPort) {
    std::vector<InterfaceStatus> all{
        interface("lo", InterfaceKind::Loopback, InterfaceState::Up),
        interface("eth9", InterfaceKind::Ethernet, InterfaceState::Down)};
    EXPECT_EQ(best_to_watch({all[1]}), nullptr);
    EXPECT_EQ(best_to_watch(all)->name, "lo");
    all.push_back(interface("veth0", InterfaceKind::Virtual, InterfaceState::Up));
    EXPECT_EQ(best_to_watch(all)->name, "veth0");
    all.push_back(interface("eth0", InterfaceKind::Ethernet, InterfaceState::Up));
    all.back().default_route = true;
    EXPECT_EQ(best_to_watch(all)->name, "eth0");
    all.push_back(interface("eth1", InterfaceKind::Ethernet, InterfaceState::Up));
    all.back().addresses.clear();
    EXPECT_EQ(best_to_watch(all)->name, "eth1");
    EXPECT_TRUE(sight_of(all.back()).starts_with("no address: looks like a mirror"));
}

TEST(InterfaceList, EveryKindAndStateHasWords) {
    for (int i = 0; i < 7; ++i) {
        const auto kind = static_cast<InterfaceKind>(i);
        EXPECT_FALSE(to_text(kind).empty());
        EXPECT_FALSE(sight_of(interface("x", kind, InterfaceState::Up)).empty());
    }
    EXPECT_EQ(to_text(InterfaceState::NoCarrier), "no carrier");
}

}  // namespace
}  // namespace vedette::sys
