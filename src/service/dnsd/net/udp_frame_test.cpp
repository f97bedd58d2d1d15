#include "service/dnsd/net/udp_frame.hpp"

#include <gtest/gtest.h>

#include "wire/reader/battery.hpp"

namespace vedette::dnsd {
namespace {

// Questions of 192.0.2.2 and 2001:db8::2 for www.example; the tests fill the checksums in.
const std::vector<std::uint8_t> kV4 = wire::from_hex(
    "020000000001 020000000002 0800"
    "4500 0039 1c46 4000 40 11 9a62 c0000202 c0000201"
    "d431 0035 0025 8e1d"
    "abcd 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001");
const std::vector<std::uint8_t> kV6 = wire::from_hex(
    "020000000001 020000000002 86dd"
    "60000000 0025 11 40 20010db8000000000000000000000002 20010db8000000000000000000000001"
    "d431 0035 0025 0000"
    "abcd 0100 0001 0000 0000 0000 03777777 076578616d706c65 00 0001 0001");

std::uint16_t folded(std::uint32_t sum) {
    while (sum > 0xffff)
        sum = (sum >> 16U) + (sum & 0xffffU);
    return static_cast<std::uint16_t>(sum);
}

std::uint32_t plain_sum(const std::vector<std::uint8_t>& bytes, std::size_t from, std::size_t to) {
    std::uint32_t sum = 0;
    for (std::size_t i = from; i < to; ++i)
        sum += static_cast<std::uint32_t>(bytes[i]) << (((i - from) & 1U) == 0 ? 8U : 0U);
    return sum;
}

// The sum over addresses, length, protocol and datagram, written again and simply.
std::uint16_t udp_sum(const std::vector<std::uint8_t>& frame) {
    const bool v4 = frame[12] == 8;
    const std::size_t addresses = v4 ? 26 : 22;
    const std::size_t udp = v4 ? 34 : 54;
    const std::size_t told = static_cast<std::size_t>(frame[udp + 4]) << 8U | frame[udp + 5];
    const std::size_t end =
        std::min(udp + told, frame.size());  // frames that lie are made here too
    return folded(plain_sum(frame, addresses, udp) + plain_sum(frame, udp, end) + 17 +
                  static_cast<std::uint32_t>(end - udp));
}

std::vector<std::uint8_t> with_udp_checksum(std::vector<std::uint8_t> frame) {
    const std::size_t place = frame[12] == 8 ? 40 : 60;
    frame[place] = frame[place + 1] = 0;
    const std::uint16_t sum = static_cast<std::uint16_t>(~udp_sum(frame));
    frame[place] = static_cast<std::uint8_t>(sum >> 8U);
    frame[place + 1] = static_cast<std::uint8_t>(sum);
    return frame;
}

std::vector<std::uint8_t> with_ip_checksum(std::vector<std::uint8_t> frame) {
    frame[24] = frame[25] = 0;
    const std::uint16_t sum = static_cast<std::uint16_t>(~folded(plain_sum(frame, 14, 34)));
    frame[24] = static_cast<std::uint8_t>(sum >> 8U);
    frame[25] = static_cast<std::uint8_t>(sum);
    return frame;
}

std::vector<std::uint8_t> good_v4() {
    return with_udp_checksum(with_ip_checksum(kV4));
}

TEST(UdpFrame, QuestionsOfBothFamilies) {
    for (const auto& frame : {good_v4(), with_udp_checksum(kV6)}) {
        const auto read = read_udp_frame(frame);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->client.to_text(),
                  frame[12] == 8 ? "192.0.2.2:54321" : "[2001:db8::2]:54321");
        EXPECT_EQ(read->server.to_text(), frame[12] == 8 ? "192.0.2.1:53" : "[2001:db8::1]:53");
        EXPECT_EQ(read->content.size(), 29U);
        EXPECT_EQ(read->content[0], 0xab);
        auto padded = frame;  // to the least length of Ethernet and more
        padded.resize(120);
        ASSERT_TRUE(read_udp_frame(padded));
        EXPECT_EQ(read_udp_frame(padded)->content.size(), 29U);
    }
}

TEST(UdpFrame, AnAnswerGoesBackTheWayItCame) {
    for (const auto& question : {good_v4(), with_udp_checksum(kV6)}) {
        for (std::size_t bytes : {0U, 1U, 12U, 13U, 511U, 1'232U}) {
            const auto read = read_udp_frame(question);
            std::vector<std::uint8_t> frame(2'048, 0xee);
            for (std::size_t i = 0; i < bytes; ++i)
                frame[read->header_bytes() + i] = static_cast<std::uint8_t>(i * 7);
            frame.resize(write_udp_frame(*read, frame, bytes));
            EXPECT_EQ(frame.size(), read->header_bytes() + bytes);
            EXPECT_EQ(udp_sum(frame), 0xffff);
            if (question[12] == 8) {
                EXPECT_EQ(folded(plain_sum(frame, 14, 34)), 0xffff);
            }
            const auto back = read_udp_frame(frame);
            ASSERT_TRUE(back);
            EXPECT_EQ(back->client, read->server);
            EXPECT_EQ(back->server, read->client);
            EXPECT_TRUE(std::ranges::equal(back->client_station, read->server_station));
            EXPECT_TRUE(std::ranges::equal(back->server_station, read->client_station));
            EXPECT_EQ(back->content.size(), bytes);
        }
    }
}

TEST(UdpFrame, ChecksumsThatAreLeftOutOrLeftToTheCard) {
    auto v4 = good_v4();
    v4[40] = v4[41] = 0;  // RFC 768: none
    EXPECT_TRUE(read_udp_frame(v4));
    auto v6 = kV6;  // RFC 8200 8.1: never none
    EXPECT_FALSE(read_udp_frame(v6));
    // The pseudo header alone, as a virtual link hands frames over.
    const std::uint16_t pseudo = folded(plain_sum(v6, 22, 54) + 17 + 37);
    v6[60] = static_cast<std::uint8_t>(pseudo >> 8U);
    v6[61] = static_cast<std::uint8_t>(pseudo);
    EXPECT_TRUE(read_udp_frame(v6));
}

TEST(UdpFrame, WhatCannotBeAnsweredIsNoQuestion) {
    const auto change_v4 = [](std::size_t at, std::vector<std::uint8_t> bytes) {
        auto frame = kV4;
        std::ranges::copy(bytes, frame.begin() + static_cast<std::ptrdiff_t>(at));
        return read_udp_frame(with_udp_checksum(with_ip_checksum(frame))).has_value();
    };
    EXPECT_TRUE(change_v4(0, {}));
    EXPECT_FALSE(change_v4(26, {224, 0, 0, 1})) << "multicast";
    EXPECT_FALSE(change_v4(26, {255, 255, 255, 255}));
    EXPECT_FALSE(change_v4(26, {0, 0, 0, 0}));
    EXPECT_FALSE(change_v4(26, {127, 0, 0, 1}));
    EXPECT_FALSE(change_v4(34, {0, 0})) << "port 0";
    EXPECT_FALSE(change_v4(14, {0x46})) << "options";
    EXPECT_FALSE(change_v4(20, {0x20, 0})) << "a fragment";
    EXPECT_FALSE(change_v4(20, {0, 1})) << "its end";
    EXPECT_FALSE(change_v4(23, {6})) << "TCP";
    EXPECT_FALSE(change_v4(16, {0, 56})) << "lengths that differ";
    EXPECT_FALSE(change_v4(38, {0, 36}));
    EXPECT_FALSE(change_v4(38, {0, 0}));
    EXPECT_FALSE(change_v4(12, {0x81, 0})) << "a tag";
    auto mapped = kV6;  // ::ffff:192.0.2.2
    std::ranges::copy(IpAddress::parse("192.0.2.2")->octets, mapped.begin() + 22);
    EXPECT_FALSE(read_udp_frame(with_udp_checksum(mapped)));
    auto extended = kV6;
    extended[20] = 0;  // hop by hop
    EXPECT_FALSE(read_udp_frame(with_udp_checksum(extended)));
}

// Every octet from the type on is under a checksum, a length or a rule.
TEST(UdpFrame, OneWrongBitIsNoticed) {
    for (const auto& good : {good_v4(), with_udp_checksum(kV6)}) {
        const std::size_t free_from = good[12] == 8 ? 0 : 14;  // traffic class and flow label
        const std::size_t free_to = good[12] == 8 ? 0 : 18;
        for (std::size_t i = 12; i < good.size(); ++i) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                if ((i >= free_from && i < free_to) || (good[12] != 8 && i == 21)) continue;
                auto frame = good;
                frame[i] ^= static_cast<std::uint8_t>(1U << bit);
                EXPECT_FALSE(read_udp_frame(frame)) << i << " bit " << bit;
            }
        }
    }
}

TEST(UdpFrame, DamagedFramesAreReadWithinTheirBytes) {
    for (const auto& good : {good_v4(), with_udp_checksum(kV6)}) {
        std::size_t accepted = 0;
        wire::for_each_damage(good, [&](ByteView frame) {
            const auto read = read_udp_frame(frame);
            if (!read) return;
            ++accepted;
            EXPECT_GE(read->content.data(), frame.data());
            EXPECT_LE(read->content.data() + read->content.size(), frame.data() + frame.size());
        });
        EXPECT_GT(accepted, 0U);
    }
}

}  // namespace
}  // namespace vedette::dnsd
