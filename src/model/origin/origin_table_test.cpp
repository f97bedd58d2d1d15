#include "model/origin/origin_table.hpp"

#include <gtest/gtest.h>

namespace vedette {
namespace {

std::uint32_t origin(const OriginTable& table, const char* address) {
    return table.find(*IpAddress::parse(address)).value_or(0);
}

TEST(OriginTable, ReadsEveryPublishedForm) {
    const auto table = OriginTable::parse(
        "# prefix and AS\n"
        "192.0.2.0/24\t64496\n"
        "2001:db8::/32 AS64497\r\n"
        "\n"
        "198.51.100.0\t24\t64498_64499\n"
        "2001:db8:1::\t48\t64500,64501\n"
        "203.0.113.0\t203.0.113.127\t64502\tZZ\tEXAMPLE NETWORK\n"
        "203.0.113.128\t203.0.113.255\t0\tNone\tNot routed\n");
    ASSERT_TRUE(table) << table.error().text;
    EXPECT_EQ(origin(*table, "192.0.2.255"), 64'496U);
    EXPECT_EQ(origin(*table, "192.0.3.0"), 0U);
    EXPECT_EQ(origin(*table, "2001:db8:ffff::1"), 64'497U);
    EXPECT_EQ(origin(*table, "198.51.100.7"), 64'498U);
    EXPECT_EQ(origin(*table, "2001:db8:1::7"), 64'500U);
    EXPECT_EQ(origin(*table, "203.0.113.127"), 64'502U);
    EXPECT_EQ(origin(*table, "203.0.113.128"), 0U);
}

TEST(OriginTable, TheNarrowestPrefixCounts) {
    const auto table =
        OriginTable::parse("10.0.0.0/8 1\n10.1.0.0/16 2\n10.1.2.0/24 3\n0.0.0.0/0 9");
    ASSERT_TRUE(table);
    EXPECT_EQ(origin(*table, "10.2.0.0"), 1U);
    EXPECT_EQ(origin(*table, "10.1.0.0"), 2U);
    EXPECT_EQ(origin(*table, "10.1.2.255"), 3U);
    EXPECT_EQ(origin(*table, "10.1.3.0"), 2U);
    EXPECT_EQ(origin(*table, "255.255.255.255"), 9U);
    EXPECT_EQ(origin(*table, "2001:db8::1"), 0U);
}

TEST(OriginTable, NamesTheFirstLineThatIsNothing) {
    for (const char* const bad :
         {"10.0.0.0/8", "10.0.0.0/33 1", "10.0.0.0 33 1", "10.0.0.0 10.0.0.1", "word 1",
          "10.0.0.2 10.0.0.1 5", "10.0.0.0 2001:db8:: 5", "10.0.0.0/8 1x"}) {
        const auto table = OriginTable::parse(std::string("192.0.2.0/24 1\n") + bad + "\n");
        ASSERT_FALSE(table) << bad;
        EXPECT_NE(table.error().text.find("line 2"), std::string::npos) << table.error().text;
    }
}

}  // namespace
}  // namespace vedette
