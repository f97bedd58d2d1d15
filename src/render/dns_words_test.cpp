#include "render/dns_words.hpp"

#include <gtest/gtest.h>

namespace vedette::render {
namespace {

TEST(DnsWords, EveryTypeNumberSurvivesARoundTrip) {
    for (unsigned type = 0; type <= 0xffff; ++type) {
        const auto value = static_cast<std::uint16_t>(type);
        EXPECT_EQ(parse_type(type_text(value)), value);
    }
}

TEST(DnsWords, EveryClassRcodeAndOpcodeSurvives) {
    for (unsigned n = 0; n < 4096; ++n) {
        const auto value = static_cast<std::uint16_t>(n);
        EXPECT_EQ(parse_class(class_text(value)), value);
        EXPECT_EQ(parse_rcode(rcode_text(value)), value);
    }
    for (std::uint8_t opcode = 0; opcode < 16; ++opcode) {
        EXPECT_EQ(parse_opcode(opcode_text(opcode)), opcode);
    }
}

TEST(DnsWords, SpellingsPeopleType) {
    EXPECT_EQ(parse_type("https"), 65);
    EXPECT_EQ(parse_type("Type65"), 65);
    EXPECT_EQ(parse_type("65"), 65);
    EXPECT_EQ(parse_type("*"), 255);
    EXPECT_EQ(parse_rcode("nxdomain"), 3);
    EXPECT_EQ(type_text(65399), "TYPE65399");
    EXPECT_EQ(class_text(7), "CLASS7");
    EXPECT_EQ(rcode_text(25), "RCODE25");
}

TEST(DnsWords, RefusesWhatIsNoNumber) {
    for (const std::string_view bad : {"", "TYPE", "TYPE-1", "TYPE65536", "65536", "A ", "1x"}) {
        EXPECT_EQ(parse_type(bad), std::nullopt) << bad;
    }
    EXPECT_EQ(parse_opcode("16"), std::nullopt);
    EXPECT_EQ(parse_rcode("4096"), std::nullopt);
}

}  // namespace
}  // namespace vedette::render
