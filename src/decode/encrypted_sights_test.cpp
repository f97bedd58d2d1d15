#include "decode/encrypted_sights.hpp"

#include <gtest/gtest.h>

#include <string>

#include "decode/quic_vector.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::decode {
namespace {

using wire::from_hex;
using wire::transport::TcpView;

/// A TLS record with a ClientHello that asks for `name`, behind an extension of `filler` bytes.
std::vector<std::uint8_t> hello_record(std::string_view name, std::size_t filler) {
    std::vector<std::uint8_t> extensions;
    const auto put = [](std::vector<std::uint8_t>& to, std::size_t value) {
        to.push_back(static_cast<std::uint8_t>(value >> 8U));
        to.push_back(static_cast<std::uint8_t>(value));
    };
    put(extensions, 51);  // a key share
    put(extensions, filler);
    extensions.insert(extensions.end(), filler, 0x5a);
    put(extensions, 0);
    put(extensions, name.size() + 5);
    put(extensions, name.size() + 3);
    extensions.push_back(0);
    put(extensions, name.size());
    extensions.insert(extensions.end(), name.begin(), name.end());
    std::vector<std::uint8_t> body(2 + 32, 3);
    const auto rest = from_hex("00 0002 1301 01 00");
    body.insert(body.end(), rest.begin(), rest.end());
    put(body, extensions.size());
    body.insert(body.end(), extensions.begin(), extensions.end());
    std::vector<std::uint8_t> record{22, 3, 1};
    put(record, body.size() + 4);
    record.push_back(1);
    record.push_back(0);
    put(record, body.size());
    record.insert(record.end(), body.begin(), body.end());
    return record;
}

class EncryptedSightsTest : public testing::Test {
  protected:
    PacketContext packet(std::uint16_t client_port) {
        PacketContext context;
        context.time = Timestamp::from_seconds(1'795'262'400 + second_);
        context.packet = ++number_;
        context.source = *IpAddress::parse("192.0.2.7");
        context.destination = *IpAddress::parse("198.51.100.1");
        context.source_port = client_port;
        context.destination_port = 443;
        return context;
    }
    void segment(ByteView bytes, std::uint32_t sequence, std::uint16_t client_port = 50'000) {
        TcpView tcp;
        tcp.payload = bytes;
        tcp.sequence = sequence;
        sights_.on_tcp(packet(client_port), tcp, out_);
    }
    void datagram(ByteView bytes, std::uint16_t client_port = 50'000) {
        sights_.on_datagram(packet(client_port), bytes, out_);
    }
    std::string names() {
        std::string text;
        for (const EncryptedSighting& seen : out_.encrypted) {
            text += (seen.quic ? "quic:" : "tls:") +
                    std::string(out_.bytes.text(seen.server_name)) + "@" +
                    std::to_string(seen.packet) + " ";
        }
        return text;
    }

    Identity identity_;
    EncryptedSights sights_{identity_};
    EventBatch out_;
    std::uint64_t number_ = 0;
    std::int64_t second_ = 0;
    const std::vector<std::uint8_t> hello_ = hello_record("dns.example.net", 1'500);
    const std::vector<std::uint8_t> initial_ = from_hex(kInitialOfRfc9001);
};

TEST_F(EncryptedSightsTest, AHelloInOneSegmentIsToldAtOnce) {
    segment(hello_, 1);
    EXPECT_EQ(names(), "tls:dns.example.net@1 ");
}

TEST_F(EncryptedSightsTest, AHelloInSeveralSegmentsIsPutTogether) {
    const ByteView bytes(hello_);
    const std::uint32_t start = 0xffff'fff0;  // sequence numbers go round
    segment(bytes.first(700), start);
    segment(bytes.first(700), start, 50'001);  // another connection
    segment(bytes.subspan(700, 700), start + 700);
    EXPECT_EQ(names(), "");
    segment(bytes.subspan(1'400), start + 1'400);
    EXPECT_EQ(names(), "tls:dns.example.net@1 ");  // the packet it began with
    segment(bytes.first(700), start, 50'001);      // sent again
    segment(bytes.subspan(700), start + 700, 50'001);
    EXPECT_EQ(names(), "tls:dns.example.net@1 tls:dns.example.net@2 ");
}

TEST_F(EncryptedSightsTest, EvenOneByteAtATime) {
    for (std::size_t i = 6; i < hello_.size(); ++i) {
        if (i == 6) segment(ByteView(hello_).first(6), 100);
        segment(ByteView(hello_).subspan(i, 1), 100 + static_cast<std::uint32_t>(i));
    }
    EXPECT_EQ(names(), "tls:dns.example.net@1 ");
}

TEST_F(EncryptedSightsTest, WhatDoesNotGoOnIsToldWithoutItsName) {
    segment(ByteView(hello_).first(700), 1);
    segment(ByteView(hello_).subspan(800), 801);  // a hole
    second_ = 4;
    segment({}, 1, 50'002);
    EXPECT_EQ(names(), "");
    second_ = 6;
    segment(hello_, 1, 50'002);
    EXPECT_EQ(names(), "tls:@1 tls:dns.example.net@4 ");
    segment(ByteView(hello_).first(700), 1, 50'003);
    sights_.finish(out_);
    EXPECT_EQ(names(), "tls:@1 tls:dns.example.net@4 tls:@5 ");
}

TEST_F(EncryptedSightsTest, AHelloWithoutEndIsBounded) {
    const auto endless = hello_record("dns.example.net", 40'000);
    for (std::size_t at = 0; at + 1'000 < endless.size(); at += 1'000)
        segment(ByteView(endless).subspan(at, 1'000), static_cast<std::uint32_t>(at));
    EXPECT_EQ(names(), "tls:@1 ");
}

TEST_F(EncryptedSightsTest, TheInitialOfRfc9001TellsItsName) {
    datagram(initial_);
    EXPECT_EQ(names(), "quic:example.com@1 ");
    datagram(initial_);  // once a connection
    EXPECT_EQ(names(), "quic:example.com@1 ");
    datagram(initial_, 50'001);
    EXPECT_EQ(names(), "quic:example.com@1 quic:example.com@3 ");
}

TEST_F(EncryptedSightsTest, AnInitialThatIsNotSealedSoIsToldWithoutAName) {
    for (const std::size_t at :
         {std::size_t{0}, std::size_t{7}, std::size_t{18}, std::size_t{30}, initial_.size() - 1}) {
        auto changed = initial_;
        changed[at] ^= at == 0 ? 0x01 : 0x80;
        datagram(changed, static_cast<std::uint16_t>(51'000 + at));
    }
    EXPECT_EQ(names(), "quic:@1 quic:@2 quic:@3 quic:@4 quic:@5 ");
}

TEST_F(EncryptedSightsTest, EveryDamageEndsInAnOrderlyWay) {
    std::uint16_t port = 1'024;
    wire::for_each_prefix(initial_, [&](ByteView bytes) { datagram(bytes, ++port); });
    for (const EncryptedSighting& seen : out_.encrypted) {
        const bool whole = seen.packet == initial_.size() + 1;
        EXPECT_EQ(seen.server_name.empty(), !whole) << seen.packet;
    }
}

TEST_F(EncryptedSightsTest, PacketsOpenedInASecondAreBounded) {
    for (std::uint32_t i = 0; i < EncryptedSights::kOpened + 10; ++i)
        datagram(initial_, static_cast<std::uint16_t>(2'000 + i));
    std::size_t named = 0;
    for (const EncryptedSighting& seen : out_.encrypted)
        named += seen.server_name.empty() ? 0 : 1;
    EXPECT_EQ(named, EncryptedSights::kOpened);
    EXPECT_EQ(out_.encrypted.size(), EncryptedSights::kOpened + 10);
    second_ = 1;
    out_.clear();
    datagram(initial_, 1'999);
    EXPECT_EQ(out_.encrypted[0].server_name.length, 11U);
}

TEST_F(EncryptedSightsTest, ConnectionsAreBoundedAndNoneIsLost) {
    for (std::uint32_t i = 0; i < 5'000; ++i)
        segment(ByteView(hello_).first(700), 1, static_cast<std::uint16_t>(i));
    sights_.finish(out_);
    EXPECT_EQ(out_.encrypted.size(), 5'000U);
}

}  // namespace
}  // namespace vedette::decode
