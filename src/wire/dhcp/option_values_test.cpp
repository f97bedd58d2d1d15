#include "wire/dhcp/option_values.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/dhcp/domain.hpp"
#include "wire/dhcp/options.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::wire::dhcp {
namespace {

std::vector<std::string> names_of(std::string_view hex, DomainCompression compression) {
    const auto list = from_hex(hex);
    DomainCursor cursor(list, compression);
    std::vector<std::string> names;
    for (dns::NameBuffer name; cursor.next(name);) {
        names.emplace_back(as_text(name.view()));
        if (cursor.partial()) names.back() += '~';
    }
    if (cursor.damaged()) names.emplace_back("damaged");
    return names;
}

using Names = std::vector<std::string>;

// The example of RFC 3397 section 2: eng.apple.com, marketing.apple.com.
TEST(DhcpDomain, SearchListOfTheRfc) {
    EXPECT_EQ(names_of("03 656e67 05 6170706c65 03 636f6d 00 09 6d61726b6574696e67 c004",
                       DomainCompression::Allowed),
              (Names{std::string("\3eng\5apple\3com\0", 15),
                     std::string("\11marketing\5apple\3com\0", 21)}));
}

TEST(DhcpDomain, PointersOnlyBackwardsAndOnlyWhereAllowed) {
    EXPECT_EQ(names_of("01 61 c000", DomainCompression::Allowed), Names{"damaged"});
    EXPECT_EQ(names_of("01 61 00 c005 c003", DomainCompression::Allowed),
              (Names{std::string("\1a\0", 3), "damaged"}));
    EXPECT_EQ(names_of("01 61 00 01 62 c000", DomainCompression::Forbidden),
              (Names{std::string("\1a\0", 3), "damaged"}));
    EXPECT_EQ(names_of("c0", DomainCompression::Allowed), Names{"damaged"});
    EXPECT_EQ(names_of("40 61 00", DomainCompression::Allowed), Names{"damaged"});
}

TEST(DhcpDomain, APartialNameIsToldAsSuch) {
    EXPECT_EQ(names_of("01 61 01 62", DomainCompression::Forbidden),
              Names{std::string("\1a\1b\0~", 6)});
    EXPECT_EQ(names_of("", DomainCompression::Forbidden), Names{});
}

TEST(DhcpDomain, LengthLimits) {
    // Four labels of 63, 63, 63 and n bytes with the root: n = 61 gives 255.
    for (const unsigned last : {60U, 61U, 62U}) {
        std::string hex;
        for (const unsigned length : {63U, 63U, 63U, last}) {
            constexpr char kHex[] = "0123456789abcdef";
            hex += {kHex[length >> 4U], kHex[length & 15U]};
            for (unsigned i = 0; i < length; ++i)
                hex += "61";
        }
        EXPECT_EQ(names_of(hex + "00", DomainCompression::Allowed)[0] == "damaged", last == 62)
            << last;
    }
}

TEST(DhcpRoutes, CompactForm) {
    const auto value =
        from_hex("18 c00002 0a000001 00 0a000002 20 01020304 0a000003 07 fe 0a000004");
    RouteCursor cursor(value);
    std::vector<Route> routes;
    for (Route route; cursor.next(route);)
        routes.push_back(route);
    ASSERT_EQ(routes.size(), 4U);
    EXPECT_EQ(routes[0].destination, 0xc0000200U);
    EXPECT_EQ(routes[0].prefix_length, 24);
    EXPECT_EQ(routes[0].router, 0x0a000001U);
    EXPECT_EQ(routes[1].prefix_length, 0);
    EXPECT_EQ(routes[2].destination, 0x01020304U);
    EXPECT_EQ(routes[3].destination, 0xfe000000U);
    EXPECT_FALSE(cursor.damaged());
    EXPECT_TRUE(is_sound_routes(value));
    EXPECT_FALSE(is_sound_routes(from_hex("21 01020304 05 0a000001")));
    EXPECT_FALSE(is_sound_routes(from_hex("18 c00002 0a0000")));
}

TEST(DhcpSubOptions, AreFoundByCode) {
    const auto value = from_hex("01 02 6162 02 03 636465");
    EXPECT_EQ(as_text(find_suboption(value, 2)), "cde");
    EXPECT_TRUE(find_suboption(value, 3).empty());
    EXPECT_TRUE(is_sound_suboptions(value));
    EXPECT_FALSE(is_sound_suboptions(from_hex("01 02 61")));
    EXPECT_FALSE(is_sound_suboptions(from_hex("01")));
}

TEST(DhcpFqdn, BothForms) {
    const auto ascii = from_hex("01 ff ff 61 2e 62");
    EXPECT_FALSE(ClientFqdn::of_option81(ascii).wire_form);
    EXPECT_EQ(as_text(ClientFqdn::of_option81(ascii).name), "a.b");
    const auto wire = from_hex("04 00 00 01 61 00");
    EXPECT_TRUE(ClientFqdn::of_option81(wire).wire_form);
    EXPECT_TRUE(ClientFqdn::of_option81(wire).sound);
    EXPECT_FALSE(ClientFqdn::of_option81(from_hex("0400")).sound);
    EXPECT_TRUE(ClientFqdn::of_option39(from_hex("00")).sound);
    EXPECT_FALSE(ClientFqdn::of_option39(from_hex("00 01 61 00 01")).sound);
}

TEST(Duid, EveryKind) {
    const auto mac_of = [](std::string_view hex) {
        const auto value = from_hex(hex);
        const Duid duid = Duid::of(value);
        return duid.mac.size() == 6 ? duid.mac[5] : 0;
    };
    EXPECT_EQ(mac_of("0001 0001 11223344 000c29aabb01"), 1);
    EXPECT_EQ(mac_of("0003 0001 000c29aabb02"), 2);
    EXPECT_EQ(mac_of("0003 0006 000c29aabb03"), 3);
    EXPECT_EQ(mac_of("0003 0020 000c29aabb03"), 0);  // InfiniBand
    EXPECT_EQ(mac_of("0003 0001 000c29aabb"), 0);
    EXPECT_EQ(mac_of("0003 0001 000c29aabb0304"), 0);
    EXPECT_EQ(mac_of("0002 00000009 000c29aabb01"), 0);
    EXPECT_EQ(Duid::of(from_hex("0004"
                                "00112233445566778899aabbccddeeff"))
                  .kind,
              DuidKind::Uuid);
    EXPECT_TRUE(Duid::of(from_hex("0004"
                                  "00112233445566778899aabbccddeeff"))
                    .sound);
    EXPECT_FALSE(Duid::of(from_hex("0004"
                                   "00112233445566778899aabbccddee"))
                     .sound);
    EXPECT_FALSE(Duid::of(from_hex("0001 0001 1122")).sound);
    EXPECT_FALSE(Duid::of(from_hex("00")).sound);
    EXPECT_TRUE(Duid::of(from_hex("0063 01")).sound);  // unassigned kinds are opaque
}

TEST(ClientId, TellsAnEthernetAddress) {
    EXPECT_EQ(mac_of_client_id(from_hex("01 000c29aabb01")).size(), 6U);
    EXPECT_TRUE(mac_of_client_id(from_hex("01 000c29aabb0102")).empty());
    EXPECT_TRUE(mac_of_client_id(from_hex("00 000c29aabb01")).empty());
    EXPECT_EQ(mac_of_client_id(from_hex("ff 00000001 0003 0001 000c29aabb02")).size(), 6U);
    EXPECT_TRUE(mac_of_client_id(from_hex("ff 0000")).empty());
    EXPECT_TRUE(mac_of_client_id({}).empty());
}

TEST(DhcpOptions, TheTablesAgreeWithTheRegistry) {
    EXPECT_EQ(option4_info(53).name, "message-type");
    EXPECT_TRUE(option4_info(6).allows(8));
    EXPECT_FALSE(option4_info(6).allows(0));
    EXPECT_FALSE(option4_info(6).allows(7));
    EXPECT_FALSE(option4_info(61).allows(1));
    EXPECT_TRUE(option4_info(61).allows(2));
    EXPECT_EQ(option4_info(254).name, "");
    EXPECT_TRUE(option4_info(254).allows(99));
    EXPECT_EQ(option6_info(39).name, "client-fqdn");
    EXPECT_EQ(option6_info(65535).name, "");
}

}  // namespace
}  // namespace vedette::wire::dhcp
