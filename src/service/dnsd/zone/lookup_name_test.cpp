#include "service/dnsd/zone/lookup_name.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace vedette::dnsd {
namespace {

std::string wire(std::string_view text, std::string_view origin = std::string_view("\0", 1)) {
    OwnedName name;
    const char* wrong = parse_relative_name(text, as_bytes(origin), name);
    EXPECT_EQ(wrong, nullptr) << text;
    return std::string(as_text(name.view()));
}

LookupName lookup(std::string_view text) {
    const std::string name = wire(text);
    LookupName result;
    result.assign(as_bytes(name));
    return result;
}

const char* why(std::string_view text) {
    OwnedName name;
    return parse_relative_name(text, as_bytes(std::string_view("\0", 1)), name);
}

TEST(LookupName, HashesAreEqualForEqualSuffixesOfAnyCase) {
    const LookupName a = lookup("WWW.Example.COM.");
    const LookupName b = lookup("mail.example.com.");
    EXPECT_EQ(a.labels(), 3U);
    EXPECT_NE(a.hash(0), b.hash(0));
    EXPECT_EQ(a.hash(1), b.hash(1));
    EXPECT_EQ(a.hash(3), LookupName().hash(0));
    EXPECT_EQ(as_text(a.suffix(1)), as_text(b.suffix(1)));
    EXPECT_EQ(as_text(a.suffix(1)), std::string_view("\7example\3com\0", 13));
}

TEST(LookupName, LongLabelsAreHashedWhole) {
    const std::string label(63, 'a');
    std::string other = label;
    other.back() = 'b';
    EXPECT_NE(lookup(label + ".").hash(0), lookup(other + ".").hash(0));
    other = label;
    other.front() = 'b';
    EXPECT_NE(lookup(label + ".").hash(0), lookup(other + ".").hash(0));
}

TEST(LookupName, ReadsOnlyUncompressedNamesOfAtMost255Octets) {
    const auto reads = [](const std::string& bytes) {
        const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
        wire::Reader reader{ByteView(copy)};
        LookupName name;
        return name.read(reader) && reader.ok();
    };
    EXPECT_TRUE(reads(std::string("\1a\0", 3)));
    EXPECT_FALSE(reads("\1a"));
    EXPECT_FALSE(reads(std::string("\1a\xc0\0", 4)));
    EXPECT_FALSE(reads(std::string("\x40") + std::string(64, 'a') + std::string(1, '\0')));
    EXPECT_FALSE(reads(std::string("\x80", 1) + std::string(10, 'a')));
    std::string name;
    for (int i = 0; i < 127; ++i)
        name += "\1a";
    EXPECT_TRUE(reads(name + std::string(1, '\0'))) << "255 octets";
    EXPECT_FALSE(reads("\2ab" + name.substr(2) + std::string(1, '\0'))) << "256 octets";
    EXPECT_FALSE(reads(name + "\1a" + std::string(1, '\0'))) << "257 octets";
}

TEST(LookupName, CanonicalOrderOfRfc4034) {  // section 6.1, its own list
    const std::vector<std::string> sorted{
        "example.",         "a.example.",      "yljkjljk.a.example.",
        "Z.a.example.",     "zABC.a.EXAMPLE.", "z.example.",
        "\\001.z.example.", "*.z.example.",    "\\200.z.example."};
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        for (std::size_t k = 0; k < sorted.size(); ++k) {
            const int order =
                compare_canonical(as_bytes(wire(sorted[i])), as_bytes(wire(sorted[k])));
            EXPECT_EQ(order < 0, i < k) << sorted[i] << " " << sorted[k];
            EXPECT_EQ(order == 0, i == k) << sorted[i] << " " << sorted[k];
        }
    }
}

TEST(LookupName, PresentationForm) {
    const std::string origin = wire("example.com.");
    EXPECT_EQ(wire("www", origin), std::string_view("\3www\7example\3com\0", 17));
    EXPECT_EQ(wire("@", origin), origin);
    EXPECT_EQ(wire("a\\.b\\032."), std::string_view("\4a.b \0", 6));
    EXPECT_STREQ(why("a..b."), "empty label in a name");
    EXPECT_STREQ(why("a\\25."), "bad escape in a name");
    EXPECT_STREQ(why("a\\256."), "bad escape in a name");
    EXPECT_STREQ(why("a\\"), "bad escape in a name");
    EXPECT_EQ(why(std::string(63, 'a')), nullptr);
    EXPECT_STREQ(why(std::string(64, 'a')), "a label is longer than 63 octets");
    std::string longest;
    for (int i = 0; i < 127; ++i)
        longest += "a.";
    EXPECT_EQ(why(longest), nullptr);
    EXPECT_STREQ(why("a." + longest), "a name is longer than 255 octets");
    EXPECT_STREQ(why("a" + longest), "a name is longer than 255 octets");
}

TEST(LookupName, AKeptNameGivesTheSameName) {
    for (const char* text : {".", "com.", "WWW.Example.COM."}) {
        const LookupName name = lookup(text);
        const KeptName kept(name);
        EXPECT_EQ(as_text(kept.wire()), as_text(name.wire()));
        EXPECT_EQ(kept.labels(), name.labels());
        EXPECT_EQ(kept.hash(), name.hash(0));
        EXPECT_EQ(kept.lookup().hash(0), name.hash(0));
    }
}

TEST(LookupName, LowersOnlyAsciiLetters) {
    std::string all;
    for (int i = 1; i < 256; ++i)
        all += static_cast<char>(i);
    std::string lower(all.size(), '\0');
    copy_lower(as_bytes(all), reinterpret_cast<std::uint8_t*>(lower.data()));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const char expected =
            all[i] >= 'A' && all[i] <= 'Z' ? static_cast<char>(all[i] + 32) : all[i];
        EXPECT_EQ(lower[i], expected) << i;
    }
    EXPECT_TRUE(equals_lower(as_bytes(all), as_bytes(lower)));
    EXPECT_FALSE(equals_lower(as_bytes(lower), as_bytes(all)));
}

TEST(LookupName, LowersAndComparesEveryLength) {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::vector<std::uint8_t> upper(size, 'Q');
        std::vector<std::uint8_t> lower(size, 0);
        copy_lower(upper, lower.data());
        EXPECT_EQ(lower, std::vector<std::uint8_t>(size, 'q'));
        EXPECT_TRUE(equals_lower(upper, lower));
        for (std::size_t i = 0; i < size; ++i) {
            std::vector<std::uint8_t> other = lower;
            other[i] = 'r';
            EXPECT_FALSE(equals_lower(upper, other)) << size << " " << i;
        }
    }
}

// A hash whose lower bits hardly moved between such names made every look-up a walk along a chain.
TEST(LookupName, HashesOfSimilarNamesSpread) {
    constexpr std::size_t kNames = 1'000;
    for (const std::string text : {"host", "h", "a-rather-long-prefix-of-names-"}) {
        for (const unsigned shift : {0U, 20U, 32U, 50U}) {
            std::set<std::uint64_t> places;
            for (std::size_t i = 0; i < kNames; ++i) {
                const LookupName name = lookup(text + std::to_string(i) + ".bench.test.");
                places.insert(name.hash(0) >> shift & 0x3ffU);
            }
            // Chance fills 1 - 1/e of as many places as there are names.
            EXPECT_GT(places.size(), kNames * 55 / 100) << text << " from bit " << shift;
        }
    }
}

}  // namespace
}  // namespace vedette::dnsd
