#include "service/answerer/address_rule.hpp"

#include <gtest/gtest.h>

namespace vedette::answerer {
namespace {

const std::vector<std::uint8_t> kName{3, 'w', 'w', 'w', 0};
const std::vector<std::uint8_t> kUpper{3, 'W', 'w', 'W', 0};

AddressRule rule(std::string kind, std::vector<std::string> windows = {}) {
    auto made =
        AddressRule::make({{"192.0.2.11-15", "198.51.100.1"}, std::move(kind), std::move(windows)});
    EXPECT_TRUE(made) << made.error().text;
    return std::move(*made);
}

std::string chosen(AddressRule& rule, const Asked& asked, Family family = Family::V4) {
    const auto address = rule.choose(family, asked);
    return address ? address->to_text() : "none";
}

std::string why_not(std::vector<std::string> pool) {
    const auto made = AddressPool::parse(pool);
    return made ? "" : made.error().text;
}

TEST(AddressPool, ReadsRangesOfBothFamilies) {
    const auto pool =
        AddressPool::parse({"192.0.2.11-15", "192.0.2.20-192.0.2.21", "198.51.100.0/30",
                            "203.0.113.9", "2001:db8::fffe-2001:db8::1:1"});
    ASSERT_TRUE(pool) << pool.error().text;
    EXPECT_EQ(pool->size(Family::V4), 12U);
    EXPECT_EQ(pool->size(Family::V6), 4U);
    EXPECT_EQ(pool->at(Family::V4, 0).to_text(), "192.0.2.11");
    EXPECT_EQ(pool->at(Family::V4, 4).to_text(), "192.0.2.15");
    EXPECT_EQ(pool->at(Family::V4, 5).to_text(), "192.0.2.20");
    EXPECT_EQ(pool->at(Family::V4, 10).to_text(), "198.51.100.3");
    EXPECT_EQ(pool->at(Family::V4, 11).to_text(), "203.0.113.9");
    EXPECT_EQ(pool->at(Family::V6, 2).to_text(), "2001:db8::1:0");
}

TEST(AddressPool, SaysWhatIsWrong) {
    EXPECT_NE(why_not({}), "");
    for (const char* text : {"", "x", "192.0.2.15-11", "192.0.2.1-", "192.0.2.1-256",
                             "192.0.2.1-2001:db8::1", "2001:db8::1-5x", "192.0.2.0/33"})
        EXPECT_NE(why_not({text}), "") << text;
    EXPECT_NE(why_not({"192.0.2.1-9", "192.0.2.9"}), "");
    EXPECT_EQ(why_not({"192.0.2.1-8", "192.0.2.9"}), "");
    EXPECT_EQ(why_not({"10.0.0.0/9", "11.0.0.0/9"}), "");
    EXPECT_NE(why_not({"10.0.0.0/9", "11.0.0.0/9", "192.0.2.1"}), "");
    EXPECT_NE(why_not({"2001:db8::/64"}), "");
    EXPECT_NE(why_not({"2001:db8::1-2001:db9::1"}), "");
}

TEST(AddressRule, RoundRobinGoesRound) {
    AddressRule turns = rule("round-robin");
    std::string all;
    for (int i = 0; i < 7; ++i)
        all += chosen(turns, {kName}) + ' ';
    EXPECT_EQ(all,
              "192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 198.51.100.1 192.0.2.11 ");
    EXPECT_EQ(chosen(turns, {kName}, Family::V6), "none");
}

TEST(AddressRule, HashIsOfTheNameAlone) {
    AddressRule hash = rule("hash");
    // FNV-1a's published value for the empty input, and one worked by hand for "a".
    EXPECT_EQ(name_number({}), 0xcbf29ce484222325ULL);
    EXPECT_EQ(name_number(std::vector<std::uint8_t>{'a'}), 0xaf63dc4c8601ec8cULL);
    EXPECT_EQ(name_number(kName), name_number(kUpper));
    EXPECT_EQ(chosen(hash, {kName, 1, 2}), chosen(hash, {kUpper, 50'000, 9}));
}

TEST(AddressRule, TimePicksTheWindowAndTheIdTheAddress) {
    AddressRule time = rule("time", {"04:00-12:00 = 192.0.2.11-15",
                                     "20-4 = 203.0.113.1, 203.0.113.2", "19:59-20 = 2001:db8::1"});
    const auto at = [](unsigned hour, unsigned minute, std::uint32_t id) {
        return Asked{kName, hour * 3'600 + minute * 60, id};
    };
    EXPECT_EQ(chosen(time, at(4, 0, 7)), "192.0.2.13");
    EXPECT_EQ(chosen(time, at(11, 59, 5)), "192.0.2.11");
    EXPECT_EQ(chosen(time, at(12, 0, 5)), "198.51.100.1");  // outside: the whole pool
    EXPECT_EQ(chosen(time, at(20, 0, 2)), "203.0.113.1");
    EXPECT_EQ(chosen(time, at(3, 59, 3)), "203.0.113.2");
    EXPECT_EQ(chosen(time, at(19, 59, 3)), "none");  // that window has no IPv4
    EXPECT_EQ(chosen(time, at(19, 59, 3), Family::V6), "2001:db8::1");
}

TEST(AddressRule, RefusesWhatItCannotRead) {
    const auto refused = [](std::string kind, std::vector<std::string> windows) {
        return !AddressRule::make({{"192.0.2.1"}, std::move(kind), std::move(windows)});
    };
    EXPECT_TRUE(refused("random", {}));
    EXPECT_TRUE(refused("hash", {"04-12 = 192.0.2.1"}));
    for (const char* window : {"", "04-12", "12 = 192.0.2.1", "4-25 = 192.0.2.1", "4-4 = 192.0.2.1",
                               "4:60-5 = 192.0.2.1", "24:01-5 = 192.0.2.1", "4-12 = x"})
        EXPECT_TRUE(refused("time", {window})) << window;
    EXPECT_FALSE(refused("time", {"0-24 = 192.0.2.1"}));
}

}  // namespace
}  // namespace vedette::answerer
