#include "base/suggest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace vedette {
namespace {

constexpr std::array<std::string_view, 5> kWords{"client", "name", "vendor", "watch", "is"};

TEST(NearestWord, FindsTypingMistakes) {
    EXPECT_EQ(nearest_word("clinet", kWords), "client");
    EXPECT_EQ(nearest_word("VENDRO", kWords), "vendor");
    EXPECT_EQ(nearest_word("wach", kWords), "watch");
    EXPECT_EQ(nearest_word("names", kWords), "name");
}

TEST(NearestWord, SaysNothingWhenNothingIsNear) {
    EXPECT_EQ(nearest_word("quantum", kWords), "");
    EXPECT_EQ(nearest_word("x", kWords), "");
    EXPECT_EQ(nearest_word("", kWords), "");
    EXPECT_EQ(nearest_word(std::string(10'000, 'n'), kWords), "");
}

}  // namespace
}  // namespace vedette
