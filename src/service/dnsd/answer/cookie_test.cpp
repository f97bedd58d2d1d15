#include "service/dnsd/answer/cookie.hpp"

#include <gtest/gtest.h>

namespace vedette::dnsd {
namespace {

unsigned nibble(char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
}

std::vector<std::uint8_t> hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(nibble(text[i]) << 4U | nibble(text[i + 1])));
    return bytes;
}

CookieSecret secret(std::string_view text) {
    CookieSecret key{};
    const auto bytes = hex(text);
    std::copy(bytes.begin(), bytes.end(), key.begin());
    return key;
}

TEST(Cookie, SipHashReferenceVector) {  // the SipHash paper, appendix A
    CookieSecret key{};
    std::vector<std::uint8_t> message;
    for (std::uint8_t i = 0; i < 16; ++i)
        key[i] = i;
    for (std::uint8_t i = 0; i < 15; ++i)
        message.push_back(i);
    EXPECT_EQ(siphash24(message, key), 0xa129ca6149be45e5ULL);
}

TEST(Cookie, VectorsOfRfc9018) {  // A.1, and A.4 before the roll-over
    const auto v4 = make_server_cookie(hex("2464c4abcf10c957"), *IpAddress::parse("198.51.100.100"),
                                       0x5cf79f11, secret("e5e973e5a6b2a43f48e7dc849e37bfcf"));
    EXPECT_EQ(std::vector<std::uint8_t>(v4.begin(), v4.end()),
              hex("010000005cf79f111f8130c3eee29480"));
    const auto v6 = make_server_cookie(hex("22681ab97d52c298"),
                                       *IpAddress::parse("2001:db8:220:1:59de:d0f4:8769:82b8"),
                                       0x5cf7c579, secret("dd3bdf9344b678b185a6f5cb60fca715"));
    EXPECT_EQ(std::vector<std::uint8_t>(v6.begin(), v6.end()),
              hex("010000005cf7c57926556bd0934c72f8"));
}

TEST(Cookie, AcceptsItsOwnForAnHour) {
    const CookieSecret key = secret("00112233445566778899aabbccddeeff");
    const auto client = hex("0102030405060708");
    const IpAddress address = *IpAddress::parse("192.0.2.1");
    const auto cookie = make_server_cookie(client, address, 10'000, key);
    EXPECT_TRUE(accepts_cookie(client, cookie, address, 10'000, key));
    EXPECT_TRUE(accepts_cookie(client, cookie, address, 13'600, key));
    EXPECT_FALSE(accepts_cookie(client, cookie, address, 13'601, key));
    EXPECT_TRUE(accepts_cookie(client, cookie, address, 9'700, key));
    EXPECT_FALSE(accepts_cookie(client, cookie, address, 9'699, key));
    EXPECT_FALSE(accepts_cookie(client, cookie, *IpAddress::parse("192.0.2.2"), 10'000, key));
    EXPECT_FALSE(accepts_cookie(hex("0102030405060709"), cookie, address, 10'000, key));
    EXPECT_FALSE(accepts_cookie(client, ByteView(cookie).first(15), address, 10'000, key));
    for (std::size_t i = 0; i < cookie.size(); ++i) {
        auto changed = cookie;
        changed[i] ^= 0x10U;
        EXPECT_FALSE(accepts_cookie(client, changed, address, 10'000, key)) << i;
    }
}

}  // namespace
}  // namespace vedette::dnsd
