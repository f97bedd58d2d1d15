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
        csv_.clear();
        csv_.add(facts);
        const std::string text(csv_.text());
        EXPECT_EQ(text.find('\n'), text.size() - 1);
        return text.substr(0, text.size() - 1);
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
    PacketCsv csv_;
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

TEST_F(PacketCsvTest, TheIndexIsTheOneOfThePacket) {
    PacketFacts facts;
    std::string expected;
    // In rows, over every kind of carry, and out of order.
    for (const std::uint64_t start : {0U, 1U, 8U, 95U, 995U, 99'995U, 99'999'990U, 7U, 7U, 20U}) {
        for (facts.packet = start; facts.packet < start + 25; ++facts.packet) {
            csv_.add(facts);
            expected += std::to_string(facts.packet) + ",0.000000000,,,,,,,unknown,0,length 0\n";
        }
    }
    EXPECT_EQ(csv_.text(), expected);
    csv_.clear();
    EXPECT_EQ(csv_.text(), "");
}

TEST_F(PacketCsvTest, ManyRowsAreKept) {
    list_.add(test::query_frame(1, "example.com"));
    PacketFacts facts;
    inspector_.inspect(list_.batch().packets.back(), 1, facts);
    csv_.add(facts);
    const std::string one(csv_.text());
    for (int i = 1; i < 20'000; ++i)
        csv_.add(facts);
    ASSERT_EQ(csv_.text().size(), 20'000 * one.size());
    EXPECT_TRUE(csv_.text().ends_with(one));
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

TEST(TextCursor, NumbersOfEveryLength) {
    const auto check = [](std::uint64_t number) {
        // With room, and with just enough of it.
        for (const std::size_t room : {std::size_t{64}, std::to_string(number).size()}) {
            char buffer[64];
            TextCursor out(buffer, buffer + room);
            out.number(number);
            ASSERT_EQ(out.text(), std::to_string(number));
        }
    };
    for (std::uint64_t number = 0; number < 200'000; ++number)
        check(number);
    for (std::uint64_t power = 100'000; power <= 10'000'000'000'000'000'000U / 10; power *= 10) {
        for (const std::uint64_t number : {power - 1, power, power + 1, power * 7 + 3})
            check(number);
    }
    check(10'000'000'000'000'000'000U);
    check(UINT32_MAX);
    check(UINT64_MAX);
}

TEST(TextCursor, ForeignTextOfEveryLengthAndByte) {
    const auto plain = [](std::string text) {
        for (char& c : text)
            c = c >= ' ' && c <= '~' ? c : '.';
        return text;
    };
    for (std::size_t length = 0; length < 40; ++length) {
        for (int byte = 0; byte < 256; ++byte) {
            for (std::size_t at = 0; at < length; at += 3) {
                std::vector<char> text(length, 'x');  // of exact size
                text[at] = static_cast<char>(byte);
                char buffer[64];
                TextCursor out(buffer, buffer + sizeof buffer);
                out.printable({text.data(), length}, 64);
                ASSERT_EQ(out.text(), plain({text.data(), length}));
                ASSERT_EQ(out.needs_quotes(), byte == ',' || byte == '"');
            }
        }
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
