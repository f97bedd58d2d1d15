#include "wire/nbns/name.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vedette::wire::nbns {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes encode(std::string_view name, std::uint8_t suffix) {
    std::string padded(name);
    padded.resize(kNameBytes, ' ');
    padded += static_cast<char>(suffix);
    Bytes out{kEncodedBytes};
    for (const char c : padded) {
        const auto byte = static_cast<std::uint8_t>(c);
        out.push_back(static_cast<std::uint8_t>('A' + (byte >> 4U)));
        out.push_back(static_cast<std::uint8_t>('A' + (byte & 15U)));
    }
    out.push_back(0);
    return out;
}

// The example of RFC 1001 14.1, whose own text has a wrong letter in "The".
TEST(NetbiosName, DecodesTheRfcExample) {
    std::string wire =
        "\x20"
        "FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGF";
    wire += std::string("\5SCOPE\2ID\3COM\0", 14);
    NetbiosName name;
    ASSERT_TRUE(decode_name(as_bytes(wire), name));
    EXPECT_EQ(as_text(name.view()), "The NetBIOS nam");
    EXPECT_EQ(name.suffix, 'e');
    EXPECT_EQ(name.scope.size(), 14U);
}

TEST(NetbiosName, EveryByteSurvives) {
    for (unsigned byte = 1; byte < 256; ++byte) {
        const std::string text{static_cast<char>(byte), 'x'};
        NetbiosName name;
        ASSERT_TRUE(decode_name(encode(text, static_cast<std::uint8_t>(byte)), name));
        EXPECT_EQ(as_text(name.view()), text);
        EXPECT_EQ(name.suffix, byte);
    }
}

TEST(NetbiosName, RefusesOrdinaryNamesAndEveryPrefix) {
    NetbiosName name;
    EXPECT_FALSE(decode_name(as_bytes(std::string_view("\3www\0", 5)), name));
    const Bytes whole = encode("HOST", 0x20);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto exact = std::make_unique<std::uint8_t[]>(size);
        std::copy_n(whole.begin(), size, exact.get());
        EXPECT_FALSE(decode_name({exact.get(), size}, name)) << size;
    }
    for (std::size_t at = 1; at <= kEncodedBytes; ++at) {
        Bytes changed = whole;
        changed[at] = 'Q';
        EXPECT_FALSE(decode_name(changed, name));
    }
}

TEST(NbAddresses, WalksWholeEntriesOnly) {
    const Bytes rdata{0x80, 0, 192, 0, 2, 1, 0x60, 0, 192, 0, 2, 2, 0, 0};
    NbAddresses entries{rdata};
    NbAddress entry;
    ASSERT_TRUE(entries.next(entry));
    EXPECT_TRUE(entry.group);
    EXPECT_EQ(entry.address[3], 1);
    ASSERT_TRUE(entries.next(entry));
    EXPECT_EQ(entry.node_type, 3);
    EXPECT_FALSE(entries.next(entry));
}

TEST(StatusNames, StopsAtTheCountOrTheEnd) {
    Bytes rdata{3};
    for (const char letter : {'A', 'B'}) {
        Bytes name(kNameBytes, ' ');
        name[0] = static_cast<std::uint8_t>(letter);
        rdata.insert(rdata.end(), name.begin(), name.end());
        rdata.insert(rdata.end(), {0x20, 0x84, 0});
    }
    StatusNames names{rdata};
    StatusName entry;
    ASSERT_TRUE(names.next(entry));
    EXPECT_EQ(as_text(entry.name.view()), "A");
    EXPECT_TRUE(entry.group);
    ASSERT_TRUE(names.next(entry));
    EXPECT_FALSE(names.next(entry));
    EXPECT_FALSE(names.next(entry));
    StatusNames none{ByteView{}};
    EXPECT_FALSE(none.next(entry));
}

TEST(NbnsWords, KnownOnes) {
    EXPECT_EQ(suffix_word(0x20), "file server");
    EXPECT_EQ(suffix_word(0x77), "");
    EXPECT_EQ(opcode_word(5), "registration");
    EXPECT_EQ(opcode_word(1), "");
}

}  // namespace
}  // namespace vedette::wire::nbns
