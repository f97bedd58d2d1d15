#include "captures/listing/packet_csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "captures/listing/packet_summary.hpp"
#include "decode/protocol/examples.hpp"
#include "decode/test_packets.hpp"

namespace vedette::captures {
namespace {

using decode::PacketFacts;
namespace test = decode::test;
using test::Bytes;

class PacketCsvTest : public testing::Test {
  protected:
    PacketCsvTest() : inspector_({.dns_ports = kDnsPorts}) {}

    /// The row of one packet, without its line break.
    std::string row(Bytes frame, Timestamp time = Timestamp{1'795'262'400'000'000'001}) {
        list_.add(std::move(frame));
        list_.last().time = time;
        PacketFacts facts;
        inspector_.inspect(list_.batch().packets.back(), list_.size(), facts);
        std::string text;
        PacketCsv csv([&](std::string_view more) {
            text += more;
            return Result<void>{};
        });
        EXPECT_TRUE(csv.add(facts));
        EXPECT_TRUE(csv.finish());
        const std::size_t line = text.find('\n');
        EXPECT_EQ(text.substr(0, line), PacketCsv::titles());
        EXPECT_EQ(text.back(), '\n');
        return text.substr(line + 1, text.size() - line - 2);
    }
    std::string summary(Bytes frame) {
        const std::string text = row(std::move(frame));
        // The tenth comma; only the summary may hold more.
        std::size_t at = 0;
        for (int i = 0; i < 10; ++i)
            at = text.find(',', at) + 1;
        return text.substr(at);
    }
    static Bytes tcp(std::uint16_t port, std::string_view payload) {
        return test::ethernet(
            0x0800, test::ipv4({.protocol = 6}, test::tcp({40'000, port, 7}, text(payload))));
    }
    static Bytes text(std::string_view text) { return {text.begin(), text.end()}; }

    static constexpr std::uint16_t kDnsPorts[] = {53};
    test::PacketList list_;
    decode::PacketInspector inspector_;
};

TEST_F(PacketCsvTest, AQueryAndItsAnswer) {
    EXPECT_EQ(row(test::query_frame(1, "www.example.com")),
              "1,1795262400.000000001,0c:00:00:00:00:10,0c:00:00:00:00:53,192.0.2.10,192.0.2.53,"
              "40000,53,DNS,75,query A www.example.com");
    EXPECT_EQ(summary(test::answer_frame(1, "www.example.com")),
              "answer NOERROR A www.example.com 1 records");
}

TEST_F(PacketCsvTest, WhatAPacketDoesNotHaveIsEmpty) {
    EXPECT_EQ(row(test::ethernet(0x88cc, Bytes(46))),
              "1,1795262400.000000001,0c:00:00:00:00:10,0c:00:00:00:00:53,,,,,LLDP,60,length 60");
    EXPECT_EQ(row(Bytes(5), Timestamp{0}), "2,0.000000000,,,,,,,damaged,5,link.truncated");
}

TEST_F(PacketCsvTest, SummariesOfTheCommonOnes) {
    EXPECT_EQ(summary(tcp(443, "")), "PSH ACK seq 7 ack 0 length 0");
    EXPECT_EQ(summary(tcp(22, "SSH-2.0-x\r\n")), "SSH-2.0-x");
    EXPECT_EQ(summary(test::ethernet(0x0800, test::ipv4({.protocol = 1}, {8, 0, 1, 1}))),
              "echo request");
    EXPECT_EQ(summary(test::ethernet(0x0800, test::ipv4({.protocol = 1}, {3, 3, 1, 1}))),
              "destination unreachable code 3");
    EXPECT_EQ(summary(test::ethernet(0x0800, test::ipv4({}, test::udp(40'000, 123, Bytes(48))))),
              "length 48");
    EXPECT_EQ(summary(test::ethernet(0x0800, test::ipv4({.fragment = 5}, Bytes(16)))),
              "fragment at 40 length 16");
    Bytes arp{0,   1, 8, 0,  6, 4, 0, 1, 12, 0, 0,   0, 0, 16,
              192, 0, 2, 10, 0, 0, 0, 0, 0,  0, 192, 0, 2, 1};
    EXPECT_EQ(summary(test::ethernet(0x0806, arp)), "who has 192.0.2.1? tell 192.0.2.10");
    arp[7] = 2;
    EXPECT_EQ(summary(test::ethernet(0x0806, arp)), "192.0.2.10 is at 0c:00:00:00:00:10");
}

TEST_F(PacketCsvTest, TheServersNameOfAClientHello) {
    Bytes hello = text({"\x16\x03\x01\0\0\x01\0\0\0\x03\x03", 11});
    hello.resize(hello.size() + 32);                              // random
    test::put(hello, text({"\0\0\x02\x13\x01\x01\0\0\x12", 9}));  // session, ciphers, compression
    test::put(hello, text({"\0\x17\0\0", 4}));
    test::put(hello, text({"\0\0\0\x0a\0\x08\0\0\x05"
                           "a.com",
                           14}));
    EXPECT_EQ(summary(tcp(443, as_text(hello))), "ClientHello a.com");
    hello.pop_back();
    EXPECT_EQ(summary(tcp(443, as_text(hello))), "ClientHello ");
}

TEST_F(PacketCsvTest, CellsThatASpreadsheetWouldExecuteOrSplit) {
    EXPECT_EQ(summary(tcp(110, "+OK ready\r\n")), "'+OK ready");
    EXPECT_EQ(summary(tcp(110, "-ERR a, \"b\"\r\n")), "\"'-ERR a, \"\"b\"\"\"");
    EXPECT_EQ(summary(tcp(80, "GET /a,b HTTP/1.1\r\n")), "\"GET /a,b HTTP/1.1\"");
    EXPECT_EQ(summary(tcp(21, "USER \x1b[31m\r\n")), "PSH ACK seq 7 ack 0 length 12");
}

TEST_F(PacketCsvTest, HostileNamesStayOnTheirLine) {
    Bytes query = test::query(1, "aaaa.example");
    query[13] = '\n';
    query[14] = ',';
    query[15] = '"';
    query[16] = 0xff;
    EXPECT_EQ(summary(test::ethernet(0x0800, test::ipv4({}, test::udp(40'000, 53, query)))),
              "\"query A .,\"\"..example\"");
}

TEST_F(PacketCsvTest, ManyRowsComeInLargePieces) {
    list_.add(test::query_frame(1, "example.com"));
    PacketFacts facts;
    inspector_.inspect(list_.batch().packets.back(), 1, facts);
    std::size_t pieces = 0;
    std::size_t bytes = 0;
    std::size_t lines = 0;
    PacketCsv csv([&](std::string_view text) {
        ++pieces;
        bytes += text.size();
        lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        return Result<void>{};
    });
    for (int i = 0; i < 20'000; ++i)
        EXPECT_TRUE(csv.add(facts));
    EXPECT_TRUE(csv.finish());
    EXPECT_EQ(lines, 20'001U);
    EXPECT_EQ(csv.rows(), 20'000U);
    EXPECT_LE(pieces, bytes / (PacketCsv::kBufferBytes - PacketCsv::kMaxRowBytes) + 1);
}

TEST_F(PacketCsvTest, AFullDiskEndsIt) {
    PacketCsv csv(
        [](std::string_view) -> Result<void> { return fail(ErrorKind::NoSpace, "full"); });
    Result<void> outcome;
    for (int i = 0; i < 100'000 && outcome; ++i)
        outcome = csv.add({});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().text, "full");
}

/// The battery: every prefix of frames with every kind of summary, in copies of exact size.
TEST_F(PacketCsvTest, NoPrefixMakesARowThatIsNotOne) {
    std::vector<Bytes> frames{
        test::query_frame(1, "example.com"), test::answer_frame(1, "a.b"),
        tcp(443, std::string("\x16\x03\x01\0\x40\x01\0\0\x3c\x03\x03", 11) + std::string(80, '\1')),
        test::ethernet(0x86dd, test::ipv6({.protocol = 58}, Bytes(24, 135))),
        test::ethernet(0x0800, test::ipv4({}, test::udp(67, 68, Bytes(300, 1))))};
    for (const test::Example& example : test::examples())
        frames.push_back(tcp(45'000, example.payload));
    for (const Bytes& frame : frames) {
        for (std::size_t length = 0; length <= frame.size(); ++length) {
            const auto end = frame.begin() + static_cast<std::ptrdiff_t>(length);
            const std::string text = row(Bytes(frame.begin(), end));
            ASSERT_EQ(text.find('\n'), std::string::npos);
            ASSERT_LT(text.size(), PacketCsv::kMaxRowBytes);
        }
    }
}

std::string written(const IpAddress& address) {
    char buffer[64];
    TextCursor out(buffer, buffer + sizeof buffer);
    out.ip(address);
    return std::string(out.text());
}

TEST(TextCursor, AddressesAsTheRestOfTheProgramWritesThem) {
    for (const std::string_view text :
         {"0.0.0.0", "255.255.255.255", "192.0.2.7", "10.100.9.99", "::", "::1",
          "1::", "2001:db8::1", "fe80::c50d:519f:96a4:e108", "1:2:3:4:5:6:7:8", "1:0:3:0:5:0:7:0",
          "0:0:1::", "::1:0:0:1", "1:0:0:2:0:0:0:3", "2001:db8:0:1:1:1:1:1", "1::8",
          "abcd:ef01:2345:6789:abcd:ef01:2345:6789"}) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(written(*address), address->to_text());
    }
}

TEST(TextCursor, CutsWhatDoesNotFit) {
    char buffer[8];
    TextCursor out(buffer, buffer + sizeof buffer);
    out.put("12345");
    out.mac(MacAddress{});
    out.ip(IpAddress::from_v4(0xc0000207));
    out.nine_digits(7);
    out.put("6789");
    out.put('x');
    EXPECT_EQ(out.text(), "12345678");
}

TEST(TextCursor, Times) {
    char buffer[64];
    TextCursor out(buffer, buffer + sizeof buffer);
    out.epoch(Timestamp{-5});
    out.put(' ');
    out.epoch(Timestamp{kNanosPerSecond + 5});
    out.put(' ');
    out.epoch(Timestamp{INT64_MAX});
    EXPECT_EQ(out.text(), "0.000000000 1.000000005 9223372036.854775807");
}

}  // namespace
}  // namespace vedette::captures
