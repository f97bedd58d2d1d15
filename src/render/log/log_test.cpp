#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <map>

#include "render/log/log_fields.hpp"
#include "render/log/log_row.hpp"
#include "render/log/log_text.hpp"

namespace vedette::render {
namespace {

using testing::HasSubstr;
using testing::Not;

class LogTest : public testing::Test {
  protected:
    void SetUp() override {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }
    void TearDown() override {
        ::unsetenv("TZ");
        ::tzset();
    }

    /// A query for louvre.fr. A and its answer, id 0x1234.
    DnsTransaction matched() {
        static constexpr std::string_view kName("\6louvre\2fr\0", 11);
        static constexpr std::string_view kQuery(
            "\x12\x34\x01\0\0\1\0\0\0\0\0\0\6louvre\2fr\0\0\1\0\1", 27);
        static constexpr std::string_view kAnswer(
            "\x12\x34\x81\x80\0\1\0\1\0\0\0\0\6louvre\2fr\0\0\1\0\1"
            "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x59\xb9\x26\xfd",
            43);
        DnsTransaction event;
        event.query_time = Timestamp{1'795'258'862'123'456'000};
        event.response_time = event.query_time + Duration{12'345'678};
        event.client = *IpAddress::parse("192.0.2.7");
        event.server = *IpAddress::parse("192.0.2.53");
        event.client_port = 40'000;
        event.server_port = 53;
        event.client_mac = *MacAddress::parse("f4:6b:ef:6a:ad:c4");
        event.mac_source = MacSource::Link;
        event.qtype = event.qclass = 1;
        event.id = 0x1234;
        event.query_flags = 0x0100;
        event.response_flags = 0x8180;
        event.query_bytes = kQuery.size();
        event.response_bytes = kAnswer.size();
        event.kind = TransactionKind::Matched;
        event.qname = bytes_.append(kName);
        event.query_message = bytes_.append(kQuery);
        event.response_message = bytes_.append(kAnswer);
        event.client_host = bytes_.append("laptop");
        return event;
    }

    ByteArena bytes_;
    LogRowMaker maker_;
};

TEST_F(LogTest, LiveLineSaysWhoAskedWhatAndWhatCameBack) {
    std::string line;
    append_live_line(line, maker_.make(matched(), bytes_), Color::Off);
    EXPECT_THAT(line, HasSubstr("11:01:02.123456  f4:6b:ef:6a:ad:c4 "));
    EXPECT_THAT(line, HasSubstr("  laptop  192.0.2.7 > 192.0.2.53  A louvre.fr. -> 89.185.38.253  "
                                "12.3 ms\n"));
}

TEST_F(LogTest, HostileNamesCannotSteerTheTerminal) {
    DnsTransaction event = matched();
    event.client_host = bytes_.append("\x1b]0;owned\x07\nfake line");
    std::string line;
    append_live_line(line, maker_.make(event, bytes_), Color::Off);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_THAT(line, Not(HasSubstr("\x1b")));
}

TEST_F(LogTest, EveryKindHasItsWords) {
    DnsTransaction event = matched();
    event.kind = TransactionKind::Unanswered;
    event.response_time = kNever;
    EXPECT_EQ(answer_text(maker_.make(event, bytes_)), "no answer");
    EXPECT_EQ(latency_text(maker_.make(event, bytes_)), "");
    event = matched();
    event.rcode = 3;
    event.response_message = ByteSlice{};
    EXPECT_EQ(answer_text(maker_.make(event, bytes_)), "NXDOMAIN");
    event.rcode = 0;
    EXPECT_EQ(answer_text(maker_.make(event, bytes_)), "no data");
    event.qname = ByteSlice{};
    event.protocol = DnsProtocol::Mdns;
    EXPECT_EQ(request_text(maker_.make(event, bytes_)), "mdns (no question)");
}

TEST_F(LogTest, LongAnswersAreCounted) {
    LogRow row = maker_.make(matched(), bytes_);
    row.records.insert(row.records.end(), 6, row.records[0]);
    EXPECT_THAT(answer_text(row), HasSubstr("89.185.38.253 (+3)"));
    row.records.assign(1, {"louvre.fr.", "CNAME", "other.example.", 60, 1});
    EXPECT_EQ(answer_text(row), "CNAME other.example.");
}

TEST_F(LogTest, DhcpRows) {
    DhcpMessage event;
    event.time = Timestamp{1'795'258'862'000'000'000};
    event.type = 5;
    event.client_mac = *MacAddress::parse("f4:6b:ef:6a:ad:c4");
    event.your_ip = *IpAddress::parse("192.0.2.7");
    event.lease_seconds = 3'600;
    event.host_name = bytes_.append("laptop");
    const LogRow& row = maker_.make(event, bytes_);
    EXPECT_EQ(request_text(row), "ACK");
    EXPECT_EQ(answer_text(row), "192.0.2.7 for 3600 s");
    EXPECT_EQ(client_mac_text(row), "f4:6b:ef:6a:ad:c4");
    std::string json;
    append_log_json(json, row);
    EXPECT_THAT(json, HasSubstr("\"msg_types\":[\"ACK\"],\"type\":5,"
                                "\"mac\":\"f4:6b:ef:6a:ad:c4\""));
}

TEST_F(LogTest, JsonHasTheKeysOfTheDayFiles) {
    std::string json;
    append_log_json(json, maker_.make(matched(), bytes_));
    EXPECT_THAT(json, HasSubstr("{\"ts\":1795258862.123456,\"id.orig_h\":\"192.0.2.7\""));
    EXPECT_THAT(json, HasSubstr("\"rtt\":0.012345,\"kind\":\"matched\",\"query\":\"louvre.fr\""));
    EXPECT_THAT(json, HasSubstr("\"answers\":[\"89.185.38.253\"],\"TTLs\":[300]}\n"));
}

TEST_F(LogTest, CellsStandUnderTheirTitles) {
    const auto titles = log_titles();
    const auto cells = log_cells(maker_.make(matched(), bytes_));
    ASSERT_EQ(titles.size(), cells.size());
    std::map<std::string, std::string> by_title;
    for (std::size_t i = 0; i < titles.size(); ++i)
        by_title[titles[i]] = cells[i];
    EXPECT_EQ(by_title["query"], "louvre.fr");
    EXPECT_EQ(by_title["answers"], "89.185.38.253");
    EXPECT_EQ(by_title["rtt"], "0.012345");
    EXPECT_EQ(log_table_columns().size(), log_table_cells(maker_.make(matched(), bytes_)).size());
}

TEST(ShortVendor, DropsTheLegalForm) {
    EXPECT_EQ(short_vendor("Apple, Inc."), "Apple");
    EXPECT_EQ(short_vendor("Murata Manufacturing Co., Ltd."), "Murata Manufacturing");
    EXPECT_EQ(short_vendor("Dell Inc."), "Dell");
    EXPECT_EQ(short_vendor("AVM GmbH"), "AVM");
    EXPECT_EQ(short_vendor("Inc"), "Inc");
    EXPECT_EQ(short_vendor(""), "");
}

TEST(ShortDuration, HasThreeDigits) {
    EXPECT_EQ(short_duration({850'000}), "850 us");
    EXPECT_EQ(short_duration({12'345'678}), "12.3 ms");
    EXPECT_EQ(short_duration({2'100'000'000}), "2.10 s");
}

}  // namespace
}  // namespace vedette::render
