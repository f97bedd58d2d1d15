#include "render/rdata_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "render/edns_text.hpp"

namespace vedette::render {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Vector {
    std::uint16_t type;
    std::string_view hex;
    std::string_view text;
};

constexpr Vector kVectors[] = {
#define VEDETTE_RDATA(type, hex, text) {type, hex, text},
#include "render/rdata_text_test.def"
#undef VEDETTE_RDATA
};

Bytes from_hex(std::string_view hex) {
    const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(nibble(hex[i]) * 16 + nibble(hex[i + 1])));
    }
    return bytes;
}

bool is_one_printable_line(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

TEST(RdataText, PrintsEveryTypeAsDig) {
    for (const Vector& row : kVectors) {
        EXPECT_EQ(rdata_text(row.type, from_hex(row.hex)), row.text) << row.type << ' ' << row.hex;
    }
}

// Every prefix and every change of one byte, in heap copies of exact size.
TEST(RdataText, DamagedDataStaysOneLine) {
    std::string text;
    const auto check = [&text](std::uint16_t type, const Bytes& rdata) {
        const auto exact = std::make_unique<std::uint8_t[]>(rdata.size());
        std::ranges::copy(rdata, exact.get());
        text.clear();
        append_rdata(text, type, {exact.get(), rdata.size()});
        ASSERT_TRUE(is_one_printable_line(text)) << text;
        ASSERT_FALSE(text.ends_with(' ')) << text;
    };
    for (const Vector& row : kVectors) {
        const Bytes sound = from_hex(row.hex);
        for (std::size_t size = 0; size < sound.size(); ++size) {
            check(row.type, Bytes(sound.begin(), sound.begin() + static_cast<long>(size)));
        }
        for (std::size_t at = 0; at < std::min<std::size_t>(sound.size(), 48); ++at) {
            for (const unsigned value : {0U, 1U, 0x3fU, 0x40U, 0x7fU, 0x80U, 0xc0U, 0xffU}) {
                Bytes changed = sound;
                changed[at] = static_cast<std::uint8_t>(value);
                check(row.type, changed);
            }
        }
    }
}

TEST(RdataText, WrongShapesAndUnknownTypesAreGeneric) {
    EXPECT_EQ(rdata_text(1, Bytes{192, 0, 2}), "\\# 3 C00002");
    EXPECT_EQ(rdata_text(1, Bytes{192, 0, 2, 1, 0}), "\\# 5 C000020100");
    EXPECT_EQ(rdata_text(5, Bytes{0xc0, 12}), "\\# 2 C00C");
    EXPECT_EQ(rdata_text(65399, {}), "\\# 0");
    EXPECT_EQ(rdata_text(55, Bytes{1}), "\\# 1 01");
}

TEST(RdataText, ParametersThatDigNumbersHaveTheirNames) {
    EXPECT_EQ(rdata_text(65, from_hex("000100000700102f646e732d71756572797b3f646e737d")),
              "1 . dohpath=\"/dns-query{?dns}\"");
    EXPECT_EQ(rdata_text(65, from_hex("00010000080000")), "1 . ohttp");
    EXPECT_EQ(rdata_text(250, from_hex("03686d6100000060000000012c00020102123400100000")),
              "hma. 1610612736 300 2 AQI= 4660 BADSIG 0");
}

TEST(EdnsText, SpellsOutWhatItKnows) {
    const auto one = [](std::string_view hex) {
        const auto options = edns_options(from_hex(hex));
        return options.size() == 1 ? options[0].word + ": " + options[0].text : "";
    };
    EXPECT_EQ(one("0008000700011800c00002"), "CLIENT-SUBNET: 192.0.2.0/24/0");
    EXPECT_EQ(one("0008000b0002383820010db8000000"), "CLIENT-SUBNET: 2001:db8::/56/56");
    EXPECT_EQ(one("000a00080102030405060708"), "COOKIE: 0102030405060708");
    EXPECT_EQ(one("000f0002000f"), "EDE: 15 (Blocked)");
    EXPECT_EQ(one("000f0005006f686579"), "EDE: 111: \"hey\"");
    EXPECT_EQ(one("000c0003000000"), "PADDING: 3 bytes");
    EXPECT_EQ(one("00030003666f6f"), "NSID: \"foo\"");
    EXPECT_EQ(one("00030002ff00"), "NSID: FF00");
    EXPECT_EQ(one("fde90006020102030405"), "MAC: 02:01:02:03:04:05");
    EXPECT_EQ(one("fde900020201"), "MAC: 0201");
    EXPECT_EQ(one("000b0002000f"), "TCP-KEEPALIVE: 1.5 s");
    EXPECT_EQ(one("fde80001aa"), "OPT=65000: AA");
    EXPECT_EQ(one("0008000100"), "CLIENT-SUBNET: 00");
    EXPECT_EQ(edns_options(from_hex("000a0000fde90009")).size(), 1U);  // the second runs over
}

TEST(EdnsText, OneLineForTheWhole) {
    const Bytes options = from_hex("000a00080102030405060708");
    wire::dns::EdnsView edns;
    std::string text;
    append_edns(text, edns);
    EXPECT_EQ(text, "");
    edns.present = edns.dnssec_ok = true;
    edns.udp_size = 1232;
    edns.options = options;
    append_edns(text, edns);
    EXPECT_EQ(text, "version: 0, flags: do, udp: 1232, COOKIE: 0102030405060708");
}

}  // namespace
}  // namespace vedette::render
