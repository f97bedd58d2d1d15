#include "wire/tls/client_hello.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/reader/battery.hpp"

namespace vedette::wire::tls {
namespace {

/// A ClientHello with the extensions given as hex.
std::vector<std::uint8_t> hello_with(const std::vector<std::uint8_t>& extensions) {
    auto out = from_hex("16 0301 0000 01 000000 0303");
    out.insert(out.end(), 32, 0x77);
    const auto rest = from_hex(
        "20 0101010101010101010101010101010101010101010101010101010101010101"
        "0004 1301 1302 01 00");
    out.insert(out.end(), rest.begin(), rest.end());
    out.push_back(static_cast<std::uint8_t>(extensions.size() >> 8U));
    out.push_back(static_cast<std::uint8_t>(extensions.size()));
    out.insert(out.end(), extensions.begin(), extensions.end());
    const std::size_t record = out.size() - 5;
    out[3] = static_cast<std::uint8_t>(record >> 8U);
    out[4] = static_cast<std::uint8_t>(record);
    out[7] = static_cast<std::uint8_t>((record - 4) >> 8U);
    out[8] = static_cast<std::uint8_t>(record - 4);
    return out;
}

/// An extension of another type, then the server name.
std::vector<std::uint8_t> extensions_with(std::string_view name) {
    auto out = from_hex("002b 0003 02 0304 0000");
    const auto put = [&](std::size_t value) {
        out.push_back(static_cast<std::uint8_t>(value >> 8U));
        out.push_back(static_cast<std::uint8_t>(value));
    };
    put(name.size() + 5);
    put(name.size() + 3);
    out.push_back(0);
    put(name.size());
    out.insert(out.end(), name.begin(), name.end());
    return out;
}

TEST(ClientHello, TheServerNameIsRead) {
    const auto bytes = hello_with(extensions_with("dns.google"));
    const ClientHello hello = read_client_hello(bytes);
    EXPECT_TRUE(hello.is_hello);
    EXPECT_FALSE(hello.cut);
    EXPECT_EQ(as_text(hello.server_name), "dns.google");
}

TEST(ClientHello, WithoutANameOrExtensionsItIsStillOne) {
    EXPECT_TRUE(read_client_hello(hello_with({})).is_hello);
    const auto bytes = hello_with(from_hex("002b 0003 02 0304"));
    EXPECT_TRUE(read_client_hello(bytes).is_hello);
    EXPECT_TRUE(read_client_hello(bytes).server_name.empty());
}

TEST(ClientHello, OneThatGoesOnInTheNextSegmentIsCut) {
    auto bytes = hello_with(extensions_with("dns.google"));
    bytes.resize(bytes.size() - 3);
    const ClientHello hello = read_client_hello(bytes);
    EXPECT_TRUE(hello.is_hello);
    EXPECT_TRUE(hello.cut);
    EXPECT_TRUE(hello.server_name.empty());
}

TEST(ClientHello, NamesHaveALimitAndAnAlphabet) {
    for (const std::size_t size : {254U, 255U, 256U}) {
        const auto bytes = hello_with(extensions_with(std::string(size, 'a')));
        EXPECT_EQ(read_client_hello(bytes).server_name.empty(), size > 255) << size;
    }
    EXPECT_TRUE(read_client_hello(hello_with(extensions_with("a b"))).server_name.empty());
    EXPECT_TRUE(read_client_hello(hello_with(extensions_with("a\x1b[2J"))).server_name.empty());
}

TEST(ClientHello, OtherTrafficIsNone) {
    EXPECT_FALSE(read_client_hello({}).is_hello);
    EXPECT_FALSE(read_client_hello(from_hex("474554202f20485454502f312e310d0a")).is_hello);
    auto server = hello_with({});
    server[5] = 2;  // ServerHello
    EXPECT_FALSE(read_client_hello(server).is_hello);
    auto session = hello_with({});
    session[43] = 33;  // a session id has 32 bytes at most
    EXPECT_FALSE(read_client_hello(session).is_hello);
}

TEST(ClientHello, DamageNeverLeavesTheInput) {
    const auto vector = hello_with(extensions_with("resolver.example"));
    for_each_damage(vector, [](ByteView bytes) {
        const ClientHello hello = read_client_hello(bytes);
        ASSERT_TRUE(lies_within(hello.server_name, bytes));
        ASSERT_TRUE(hello.is_hello || hello.server_name.empty());
    });
}

TEST(ClientHello, AnyBeginningOfOneIsCut) {
    const auto whole = hello_with(extensions_with("dns.google"));
    for (std::size_t size = 6; size < whole.size(); ++size) {
        const ClientHello hello = read_client_hello(ByteView(whole).first(size));
        EXPECT_TRUE(hello.is_hello && hello.cut && hello.server_name.empty()) << size;
    }
    EXPECT_FALSE(read_client_hello(ByteView(whole).first(5)).is_hello);
}

TEST(ClientHello, TheMessageAloneIsReadToo) {
    const auto whole = hello_with(extensions_with("dns.google"));
    const ByteView message = ByteView(whole).subspan(5);
    EXPECT_EQ(as_text(read_hello_message(message).server_name), "dns.google");
    EXPECT_FALSE(read_hello_message(whole).is_hello);
}

}  // namespace
}  // namespace vedette::wire::tls
