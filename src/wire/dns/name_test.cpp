#include "wire/dns/name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vedette::wire::dns {
namespace {

using Bytes = std::vector<std::uint8_t>;

ByteView view(std::string_view text) {
    return as_bytes(text);
}

TEST(Names, AreEqualInAnyAsciiCase) {
    const std::string lower("\3www\7example\3com\0", 17);
    const std::string mixed("\3wWw\7ExaMPLE\3COM\0", 17);
    EXPECT_TRUE(equal_names(view(lower), view(mixed)));
    EXPECT_EQ(hash_name(view(lower)), hash_name(view(mixed)));
}

// Only the 26 letters fold; no other pair of bytes is equal.
TEST(Names, ExactlyTheLettersFold) {
    for (unsigned a = 0; a < 256; ++a) {
        for (unsigned b = 0; b < 256; ++b) {
            const Bytes x{1, static_cast<std::uint8_t>(a), 0};
            const Bytes y{1, static_cast<std::uint8_t>(b), 0};
            const auto lower = [](unsigned c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
            EXPECT_EQ(equal_names(x, y), lower(a) == lower(b)) << a << ' ' << b;
            if (lower(a) == lower(b)) {
                EXPECT_EQ(hash_name(x), hash_name(y));
            }
        }
    }
}

TEST(Names, HashesDifferByEveryBytePosition) {
    Bytes name(255, 'a');
    const std::uint64_t base = hash_name(name);
    for (std::size_t at = 0; at < name.size(); ++at) {
        name[at] = 'b';
        EXPECT_NE(hash_name(name), base) << at;
        EXPECT_FALSE(equal_names(name, Bytes(255, 'a')));
        name[at] = 'a';
    }
    EXPECT_NE(hash_name(Bytes{}), hash_name(Bytes{0}));
}

TEST(Names, WireNames) {
    EXPECT_TRUE(is_wire_name(Bytes{0}));
    EXPECT_TRUE(is_wire_name(Bytes{1, 'a', 0}));
    EXPECT_FALSE(is_wire_name(Bytes{}));
    EXPECT_FALSE(is_wire_name(Bytes{1, 'a'}));
    EXPECT_FALSE(is_wire_name(Bytes{1, 'a', 0, 0}));
    EXPECT_FALSE(is_wire_name(Bytes{1, 'a', 0xc0, 0}));
    EXPECT_FALSE(is_wire_name(Bytes{0x41, 'a', 0}));
    EXPECT_EQ(count_labels(Bytes{0}), 0U);
    EXPECT_EQ(count_labels(Bytes{1, 'a', 2, 'b', 'c', 0}), 2U);
}

// The third name is a pointer to the second, that one a pointer to the first.
TEST(Names, PointersMayLeadToPointers) {
    Bytes message(12);
    message.insert(message.end(), {1, 'a', 0, 0xc0, 12, 0xc0, 15});
    NameBuffer name;
    ASSERT_TRUE(expand_name(message, 17, name));
    EXPECT_EQ(name.length, 3U);
    EXPECT_EQ(measure_name(message, 17).end, 19U);
    EXPECT_FALSE(expand_name(message, 20, name));
    EXPECT_EQ(name.length, 0U);
}

TEST(Names, ChainsOfPointersAreBounded) {
    Bytes message(12);
    message.push_back(0);
    std::size_t previous = 12;
    for (unsigned pointers = 1; pointers <= kMaxPointers + 1; ++pointers) {
        const std::size_t here = message.size();
        message.push_back(static_cast<std::uint8_t>(0xc0U | previous >> 8U));
        message.push_back(static_cast<std::uint8_t>(previous));
        previous = here;
        NameBuffer name;
        EXPECT_EQ(expand_name(message, static_cast<std::uint32_t>(here), name),
                  pointers <= kMaxPointers);
    }
    EXPECT_EQ(measure_name(message, previous).damage.id, AnomalyId::DnsPointerExcess);
}

}  // namespace
}  // namespace vedette::wire::dns
