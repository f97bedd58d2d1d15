// Crypto-PAn against the published vectors, and what the special blocks add to it: prefixes as long
// in common as before, nothing mapped together, blocks onto themselves.
#include "captures/anonymize/address_map.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <numeric>
#include <random>
#include <set>

#include "model/address.hpp"

namespace vedette::captures {
namespace {

AnonymizeKey::Bytes counting_key() {
    AnonymizeKey::Bytes key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return key;
}

IpAddress mapped(AddressMap& map, std::string_view text) {
    const IpAddress address = *IpAddress::parse(text);
    std::array<std::uint8_t, 16> to{};
    const auto out = std::span(to).first(address.bytes().size());
    map.map(address.bytes(), out);
    return IpAddress::from_bytes(out);
}

std::string mapped_text(AddressMap& map, std::string_view text) {
    return mapped(map, text).to_text();
}

// The sample trace of the algorithm's authors (lucent.trace of Crypto-PAn 1.0), with their key.
TEST(AddressMap, agrees_with_the_published_vectors) {
    constexpr AnonymizeKey::Bytes kKey{21,  34, 23,  141, 51, 164, 207, 128, 19,  10,  91,
                                       22,  73, 144, 125, 16, 216, 152, 143, 131, 121, 121,
                                       101, 39, 98,  87,  76, 45,  42,  132, 34,  2};
    AddressMap map(kKey, SpecialBlocks::Ignored);
    constexpr std::pair<const char*, const char*> kVectors[] = {
        {"128.11.68.132", "135.242.180.132"},   {"129.118.74.4", "134.136.186.123"},
        {"130.132.252.244", "133.68.164.234"},  {"141.223.7.43", "141.167.8.160"},
        {"141.233.145.108", "141.129.237.235"}, {"152.163.225.39", "151.140.114.167"},
        {"156.29.3.236", "147.225.12.42"},      {"165.247.96.84", "162.9.99.234"},
        {"166.107.77.190", "160.132.178.185"},  {"192.102.249.13", "252.138.62.131"},
    };
    for (const auto& [from, to] : kVectors)
        EXPECT_EQ(mapped_text(map, from), to) << from;
}

// The vectors that other implementations of Crypto-PAn share for IPv6 and a counting key.
TEST(AddressMap, agrees_with_other_implementations) {
    AddressMap map(counting_key(), SpecialBlocks::Ignored);
    EXPECT_EQ(mapped_text(map, "192.0.2.1"), "2.90.93.17");
    EXPECT_EQ(mapped_text(map, "2001:db8::1"), "dd92:2c44:3fc0:ff1e:7ff9:c7f0:8180:7e00");
}

TEST(AddressMap, keeps_prefix_relations) {
    AddressMap map(counting_key());
    std::mt19937 random(7);
    for (unsigned i = 0; i < 20'000; ++i) {
        const auto a = static_cast<std::uint32_t>(random());
        // Neighbours of every distance.
        const std::uint32_t b = a ^ (static_cast<std::uint32_t>(random()) >> (random() % 32));
        ASSERT_EQ(std::countl_zero(a ^ b), std::countl_zero(map.v4(a) ^ map.v4(b)))
            << std::hex << a << " " << b;
    }
    const auto common = [](const AddressMap::V6& a, const AddressMap::V6& b) {
        unsigned bits = 0;
        while (bits < 128 && ((a[bits / 8] ^ b[bits / 8]) & (0x80U >> (bits % 8))) == 0)
            ++bits;
        return bits;
    };
    for (unsigned i = 0; i < 2'000; ++i) {
        AddressMap::V6 a{};
        for (std::uint8_t& octet : a)
            octet = static_cast<std::uint8_t>(random());
        if (i % 2 == 0) a[0] = 0x20;
        AddressMap::V6 b = a;
        const unsigned at = random() % 128;
        b[at / 8] = static_cast<std::uint8_t>(b[at / 8] ^ (0x80U >> (at % 8)));
        ASSERT_EQ(common(map.v6(a), map.v6(b)), at);
    }
}

TEST(AddressMap, maps_special_blocks_onto_themselves) {
    AddressMap map(counting_key());
    for (const char* text : {"0.0.0.0", "127.0.0.1", "127.0.0.53", "224.0.0.251", "239.1.2.3",
                             "255.255.255.255", "::", "::1", "ff02::fb", "ff02::1:2"}) {
        EXPECT_EQ(mapped_text(map, text), text);
    }
    constexpr std::pair<const char*, const char*> kInside[] = {
        {"10.1.2.3", "10.0.0.0/8"},        {"172.31.255.1", "172.16.0.0/12"},
        {"192.168.1.1", "192.168.0.0/16"}, {"169.254.7.7", "169.254.0.0/16"},
        {"100.64.0.9", "100.64.0.0/10"},   {"fe80::21b:21ff:fe00:1", "fe80::/64"},
        {"fd12:3456::1", "fd00::/8"},      {"2001:db8::1", "2000::/3"},
    };
    for (const auto& [text, block] : kInside) {
        const IpAddress to = mapped(map, text);
        EXPECT_TRUE(Prefix::parse(block)->contains(to)) << text << " -> " << to.to_text();
        EXPECT_NE(to, *IpAddress::parse(text));
    }
    // Nothing else comes into a block.
    const Prefix privates[] = {*Prefix::parse("10.0.0.0/8"), *Prefix::parse("192.168.0.0/16"),
                               *Prefix::parse("172.16.0.0/12"), *Prefix::parse("224.0.0.0/4")};
    std::mt19937 random(9);
    for (unsigned i = 0; i < 20'000; ++i) {
        const auto from = static_cast<std::uint32_t>(random());
        const IpAddress before = IpAddress::from_v4(from);
        const IpAddress after = IpAddress::from_v4(map.v4(from));
        for (const Prefix& block : privates)
            ASSERT_EQ(block.contains(before), block.contains(after)) << before.to_text();
    }
}

// The end of a solicited-node group is the end of an address.
TEST(AddressMap, changes_groups_that_come_from_addresses) {
    AddressMap map(counting_key());
    const IpAddress to = mapped(map, "ff02::1:ff12:3456");
    EXPECT_TRUE(Prefix::parse("ff02::1:ff00:0/104")->contains(to));
    EXPECT_NE(to.to_text(), "ff02::1:ff12:3456");
}

TEST(AddressMap, maps_embedded_addresses_like_plain_ones) {
    AddressMap map(counting_key());
    const IpAddress plain = mapped(map, "198.51.100.7");
    IpAddress wanted = *IpAddress::parse("64:ff9b::");
    std::ranges::copy(plain.bytes(), wanted.octets.begin() + 12);
    EXPECT_EQ(mapped(map, "64:ff9b::c633:6407"), wanted);
}

TEST(AddressMap, maps_prefixes_like_the_addresses_below) {
    AddressMap map(counting_key());
    const std::array<std::uint8_t, 4> prefix{198, 51, 100, 0};
    std::array<std::uint8_t, 4> to{};
    map.map_prefix(prefix, 22, to);
    const Prefix mapped_prefix(IpAddress::from_bytes(to), 22);
    EXPECT_EQ(mapped_prefix.address(), IpAddress::from_bytes(to));  // no bits below
    EXPECT_TRUE(mapped_prefix.contains(mapped(map, "198.51.103.77")));
    EXPECT_FALSE(mapped_prefix.contains(mapped(map, "198.51.104.77")));
}

TEST(AddressMap, never_maps_two_together) {
    AddressMap map(counting_key());
    std::set<std::uint32_t> seen;
    for (std::uint32_t i = 0; i < 65'536; ++i)
        seen.insert(map.v4(0xc0a80000 | i));
    EXPECT_EQ(seen.size(), 65'536U);
    EXPECT_EQ(*seen.begin() >> 16U, 0xc0a8U);
}

}  // namespace
}  // namespace vedette::captures
