#include "base/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette {
namespace {

TEST(Glob, MatchesWholeText) {
    EXPECT_TRUE(matches_glob("*.example.com.", "www.Example.COM."));
    EXPECT_FALSE(matches_glob("*.example.com.", "example.com."));
    EXPECT_TRUE(matches_glob("a?c", "abc"));
    EXPECT_FALSE(matches_glob("a?c", "ac"));
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("", ""));
    EXPECT_FALSE(matches_glob("", "a"));
    EXPECT_FALSE(matches_glob("ab", "abc"));
    EXPECT_TRUE(matches_glob("a*b*c", "a-b-b-c"));
}

TEST(Glob, BackslashTakesTheNextCharacter) {
    EXPECT_TRUE(matches_glob("\\*.a", "*.a"));
    EXPECT_FALSE(matches_glob("\\*.a", "b.a"));
    EXPECT_TRUE(matches_glob("a\\\\b", "a\\b"));
    EXPECT_TRUE(matches_glob("a\\", "a\\"));  // a lone one at the end is itself
    EXPECT_FALSE(has_wildcard("\\*\\?"));
    EXPECT_TRUE(has_wildcard("\\\\*"));
}

TEST(Glob, HostilePatternEnds) {
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "a*";
    EXPECT_FALSE(matches_glob(pattern + "b", std::string(5'000, 'a')));
}

TEST(Contains, IgnoresCase) {
    EXPECT_TRUE(contains_ignoring_case("Apple, Inc.", "aPPLE"));
    EXPECT_TRUE(contains_ignoring_case("x", ""));
    EXPECT_FALSE(contains_ignoring_case("Apple", "Apples"));
}

}  // namespace
}  // namespace vedette
