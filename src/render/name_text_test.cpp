#include "render/name_text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vedette::render {
namespace {

std::vector<std::uint8_t> wire_of(std::string_view text) {
    const auto name = parse_name(text);
    if (!name) return {};
    return {name->view().begin(), name->view().end()};
}

TEST(NameText, PrintsAndParsesTheOrdinary) {
    EXPECT_EQ(name_text(wire_of("www.Example.com")), "www.Example.com.");
    EXPECT_EQ(name_text(wire_of(".")), ".");
    EXPECT_EQ(name_text({}), "");
}

TEST(NameText, EveryByteSurvivesARoundTrip) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::vector<std::uint8_t> wire{3, 'a', static_cast<std::uint8_t>(byte), 'b', 0};
        EXPECT_EQ(wire_of(name_text(wire)), wire) << byte;
    }
}

TEST(NameText, EscapesAsRfc4343Says) {
    EXPECT_EQ(name_text(wire_of("a\\.b.\\000\\255.c")), "a\\.b.\\000\\255.c.");
    EXPECT_EQ(name_text(wire_of("it\\032is.\\(x\\;")), "it\\032is.\\(x\\;.");
    EXPECT_EQ(name_text(wire_of("\xc3\xa9")), "\\195\\169.");
}

TEST(NameText, RefusesWhatIsNoName) {
    for (const std::string_view bad :
         {"", "..", ".a", "a..b", "a\\", "a\\25", "a\\256", "a\\2x5"}) {
        EXPECT_FALSE(parse_name(bad).has_value()) << bad;
    }
}

TEST(NameText, LimitsOfLabelsAndNames) {
    EXPECT_TRUE(parse_name(std::string(63, 'a')).has_value());
    EXPECT_FALSE(parse_name(std::string(64, 'a')).has_value());
    const std::string label(62, 'a');  // four of them and the root: 253 bytes
    const std::string four = label + '.' + label + '.' + label + '.' + label;
    EXPECT_EQ(parse_name(four)->length, 253U);
    EXPECT_EQ(parse_name(four + 'a')->length, 254U);
    const std::string three = label + "a." + label + "a." + label + "a.";
    EXPECT_EQ(parse_name(three + label.substr(1))->length, 255U);
    EXPECT_FALSE(parse_name(three + label).has_value());
    EXPECT_FALSE(parse_name(three + label.substr(1) + ".a").has_value());
    EXPECT_TRUE(parse_name(three + label.substr(1) + ".").has_value());
    EXPECT_TRUE(parse_name(three + label.substr(3) + ".a").has_value());
}

}  // namespace
}  // namespace vedette::render
