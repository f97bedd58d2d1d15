#include "render/dhcp/dhcp_text.hpp"

#include <gtest/gtest.h>

#include "wire/dhcp/example_messages.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::render {
namespace {

using wire::from_hex;
using namespace wire::dhcp;

std::string print4(std::uint8_t code, std::string_view hex) {
    const auto value = from_hex(hex);
    return dhcp4_option_text(code, value);
}
std::string print6(std::uint16_t code, std::string_view hex) {
    const auto value = from_hex(hex);
    return dhcp6_option_text(code, value);
}

TEST(DhcpText, ValuesByTheirKind) {
    EXPECT_EQ(print4(53, "05"), "ACK");
    EXPECT_EQ(print4(1, "ffffff00"), "255.255.255.0");
    EXPECT_EQ(print4(6, "c0000201 c0000202"), "192.0.2.1, 192.0.2.2");
    EXPECT_EQ(print4(51, "00000e10"), "3600");
    EXPECT_EQ(print4(51, "ffffffff"), "for ever");
    EXPECT_EQ(print4(57, "05dc"), "1500");
    EXPECT_EQ(print4(12, "6c6f75767265 00"), "louvre");
    EXPECT_EQ(print4(12, "1b5b324a"), "\\x1b[2J");  // cannot clear a terminal
    EXPECT_EQ(print4(55, "01 03 77 fe"), "subnet-mask, routers, domain-search, option-254");
    EXPECT_EQ(print4(61, "01 000c29aabb01"), "ethernet 00:0c:29:aa:bb:01");
    EXPECT_EQ(print4(61, "ff 00000001 0003 0001 000c29aabb02"),
              "iaid 00000001 duid-ll 00:0c:29:aa:bb:02");
    EXPECT_EQ(print4(81, "04 00 00 01 61 02 6672 00"), "a.fr.");
    EXPECT_EQ(print4(82, "01 02 6731 02 02 0007"), "circuit-id g1, remote-id 0007");
    EXPECT_EQ(print4(119, "01 61 00 01 62 c000"), "a., b.a.");
    EXPECT_EQ(print4(121, "18 c00002 0a000001 00 0a000002"),
              "192.0.2.0/24 via 10.0.0.1, default via 10.0.0.2");
    EXPECT_EQ(print4(121, "18 c000"), "damaged");
    EXPECT_EQ(print4(150, "3137322e"), "49.55.50.46");
    EXPECT_EQ(print4(150, "3137322e31"), "172.1");  // a server that sends text here
    EXPECT_EQ(print4(254, "0102"), "0102");
}

TEST(DhcpText, Version6) {
    EXPECT_EQ(print6(1, "0003 0001 000c29aabb01"), "duid-ll 00:0c:29:aa:bb:01");
    EXPECT_EQ(print6(1, "0004 00112233445566778899aabbccddeeff"),
              "duid-uuid 00112233445566778899aabbccddeeff");
    EXPECT_EQ(print6(6, "0017 0018 ffff"), "dns-servers, domain-search, option-65535");
    EXPECT_EQ(print6(23, "20010db8000000000000000000000053"), "2001:db8::53");
    EXPECT_EQ(print6(13, "0002 6e6f"), "2 no");
    EXPECT_EQ(print6(13, "00"), "00");
    EXPECT_EQ(print6(16, "00000137 0004 4d534654"), "311: MSFT");
    EXPECT_EQ(print6(39, "01 01 61"), "a");
}

TEST(DhcpText, LinesOfAMessage) {
    const Bytes message = Example4(2)
                              .type(2)
                              .option(12, "ab")
                              .number(52, 1, 1)
                              .option(12, "cd")
                              .at(108, as_bytes(std::string("\x0c\x02"
                                                            "ef\xff")))
                              .end();
    const auto lines = dhcp4_option_lines(message);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].name, "message-type");
    EXPECT_EQ(lines[0].value, "Offer");
    EXPECT_EQ(lines[1].value, "abcdef");
    EXPECT_EQ(lines[2].name, "overload");
    const Bytes reply = message6(7, 1,
                                 joined({option6(7, {255}), ia_na(7, address6(5), 4000),
                                         ia_pd(8, address6(0), 56, 0xffffffff)}));
    const auto lines6 = dhcp6_option_lines(reply);
    ASSERT_EQ(lines6.size(), 3U);
    EXPECT_EQ(lines6[0].value, "255");
    EXPECT_EQ(lines6[1].name + ' ' + lines6[1].value, "ia-na 2001:db8::5 for 4000 s");
    EXPECT_EQ(lines6[2].name + ' ' + lines6[2].value, "ia-pd 2001:db8::/56 for ever");
}

// Any value of any option prints something and nothing that steers a terminal.
TEST(DhcpText, EveryCodeTakesAnyBytes) {
    for (const std::string_view hex : {"", "00", "ff", "0102", "01020304", "1b5b324a1b5b324a1b",
                                       "ff000000010003000100", "c0c0c0c0c0"}) {
        const auto value = from_hex(hex);
        for (unsigned code = 0; code < 256; ++code) {
            for (const std::string& text :
                 {dhcp4_option_text(static_cast<std::uint8_t>(code), value),
                  dhcp6_option_text(static_cast<std::uint16_t>(code), value)}) {
                for (const char c : text)
                    ASSERT_GE(static_cast<unsigned char>(c), 0x20) << code;
            }
        }
    }
}

}  // namespace
}  // namespace vedette::render
