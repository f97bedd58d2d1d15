#include "model/address.hpp"

#include <gtest/gtest.h>

namespace vedette {
namespace {

TEST(MacAddress, ParsesWhatPeopleType) {
    const MacAddress expected = MacAddress::from_u64(0xf46bef6aadc4);
    for (const char* text :
         {"f4:6b:ef:6a:ad:c4", "F4-6B-EF-6A-AD-C4", "f46b.ef6a.adc4", "f46bef6aadc4"}) {
        EXPECT_EQ(MacAddress::parse(text), expected) << text;
    }
    EXPECT_EQ(MacAddress::parse("0:1:2:3:4:5"), MacAddress::from_u64(0x000102030405));
    EXPECT_EQ(expected.to_text(), "f4:6b:ef:6a:ad:c4");
}

TEST(MacAddress, RefusesTheRest) {
    for (const char* text :
         {"", "f4:6b:ef:6a:ad", "f4:6b:ef:6a:ad:c4:00", "f4:6b:ef:6a:ad:gg", "f46bef6aadc",
          "f46bef6aadc400", "1234:5678:9abc", "::::::", "f4:6b:ef:6a:ad:", ".f46bef6aadc4"}) {
        EXPECT_EQ(MacAddress::parse(text), std::nullopt) << text;
    }
}

TEST(MacAddress, RandomizedIsLocalUnicast) {
    EXPECT_TRUE(MacAddress::parse("da:a1:19:00:00:01")->is_randomized());
    EXPECT_FALSE(MacAddress::parse("f4:6b:ef:6a:ad:c4")->is_randomized());
    EXPECT_FALSE(MacAddress::parse("33:33:00:00:00:01")->is_randomized());
}

TEST(IpAddress, BothFamiliesRoundTrip) {
    for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "fe80::1:2"}) {
        EXPECT_EQ(IpAddress::parse(text)->to_text(), text);
    }
    EXPECT_EQ(IpAddress::parse("192.0.2.1")->to_v4(), 0xc0000201U);
    EXPECT_EQ(IpAddress::parse("192.0.2"), std::nullopt);
    EXPECT_EQ(IpAddress::parse("2001:db8::1::2"), std::nullopt);
}

TEST(IpAddress, KnowsItsScope) {
    EXPECT_TRUE(IpAddress::parse("224.0.0.251")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("ff02::fb")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("fd00::1")->is_private());
    EXPECT_TRUE(IpAddress::parse("172.31.255.255")->is_private());
    EXPECT_FALSE(IpAddress::parse("172.32.0.0")->is_private());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
}

TEST(Prefix, ContainsItsRangeOnly) {
    const Prefix net = *Prefix::parse("192.0.2.77/26");
    EXPECT_EQ(net.to_text(), "192.0.2.64/26");
    EXPECT_TRUE(net.contains(*IpAddress::parse("192.0.2.64")));
    EXPECT_TRUE(net.contains(*IpAddress::parse("192.0.2.127")));
    EXPECT_FALSE(net.contains(*IpAddress::parse("192.0.2.128")));
    EXPECT_FALSE(net.contains(*IpAddress::parse("::1")));
    EXPECT_EQ(net.last(), *IpAddress::parse("192.0.2.127"));
    EXPECT_FALSE(Prefix::parse("::/0")->contains(*IpAddress::parse("192.0.2.1")));
    EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("192.0.2.1")));
    EXPECT_EQ(Prefix::parse("192.0.2.0/33"), std::nullopt);
    EXPECT_EQ(Prefix::parse("192.0.2.0/"), std::nullopt);
    EXPECT_TRUE(Prefix::parse("2001:db8::5")->is_single());
}

}  // namespace
}  // namespace vedette
