#include <gtest/gtest.h>

#include <memory>

#include "decode/protocol/examples.hpp"

namespace vedette::decode {
namespace {

/// Asks about bytes in a heap copy of their exact size, so that sanitizers see a read past them.
ProtocolId ask(const test::Example& example, std::string_view payload) {
    const auto copy = std::make_unique<std::uint8_t[]>(payload.size());
    std::ranges::copy(as_bytes(payload), copy.get());
    const ByteView bytes(copy.get(), payload.size());
    const ProtocolId proved = protocol_of_content(example.carrier, bytes);
    if (proved != ProtocolId::Unknown || example.proves) return proved;
    return protocol_hint(example.carrier, bytes);
}

TEST(Content, EachExampleIsKnown) {
    for (const test::Example& example : test::examples()) {
        EXPECT_EQ(info(ask(example, example.payload)).name, info(example.id).name)
            << example.payload;
    }
}

TEST(Content, OtherBytesProveNothing) {
    for (const std::string_view text :
         {"", "x", "220 hello", "GETTING STARTED", "Hello, world", "SIP", "<tag>", "<999>text",
          "HTTP", "\x16\x02\x01\x02\x03\x01\x02", "INVITE me to a party\r\n"}) {
        for (const Carrier carrier : {Carrier::Tcp, Carrier::Udp}) {
            EXPECT_EQ(info(protocol_of_content(carrier, as_bytes(text))).name, "unknown") << text;
        }
    }
}

TEST(Content, EveryPrefixAndEveryChangedByteIsReadWithinItsBounds) {
    std::size_t asked = 0;
    for (const test::Example& example : test::examples()) {
        std::string text = example.payload.substr(0, 200);
        for (std::size_t length = 0; length <= text.size(); ++length, ++asked)
            (void)ask(example, std::string_view(text).substr(0, length));
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (const int change : {1, 0x80, 0xff}) {
                std::string other = text;
                other[i] = static_cast<char>(other[i] ^ change);
                (void)ask(example, other);
                ++asked;
            }
        }
    }
    EXPECT_GT(asked, 5'000U);
}

/// A greeting whose length is right and whose version ends after one digit was read past its end.
TEST(Content, ShortMySqlGreeting) {
    const test::Example short_one{ProtocolId::MySql, Carrier::Tcp, false,
                                  test::bytes_of("\x02\0\0\0\x0a"
                                                 "6")};
    EXPECT_EQ(ask(short_one, short_one.payload), ProtocolId::Unknown);
}

/// Lengths that a probe holds against the payload: one byte less or more is not it.
TEST(Content, LengthsAreHeldAgainstThePayload) {
    using enum ProtocolId;
    for (const test::Example& example : test::examples()) {
        const bool exact = example.id == PostgreSql || example.id == WireGuard ||
                           example.id == Socks || example.id == MySql || example.id == Isakmp;
        if (!exact) continue;
        const std::string& text = example.payload;
        EXPECT_EQ(ask(example, text.substr(0, text.size() - 1)), Unknown) << info(example.id).name;
        EXPECT_EQ(ask(example, text + "x"), Unknown) << info(example.id).name;
    }
}

}  // namespace
}  // namespace vedette::decode
