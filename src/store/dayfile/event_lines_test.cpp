#include "store/dayfile/event_lines.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vedette::store {
namespace {

constexpr std::int64_t kTime = 1'795'262'400'123'456'789;

// louvre.fr. A -> 89.185.38.253, TTL 300
constexpr std::array<std::uint8_t, 27> kQuery{0x12, 0x34, 1,   0,   0,   1,   0,   0,   0,
                                              0,    0,    0,   6,   'l', 'o', 'u', 'v', 'r',
                                              'e',  2,    'f', 'r', 0,   0,   1,   0,   1};
constexpr std::array<std::uint8_t, 16> kAnswer{0xc0, 12, 0, 1, 0,  1,   0,  0,
                                               1,    44, 0, 4, 89, 185, 38, 253};

TEST(EventLines, ATransactionReadsLikeZeeks) {
    EventBatch batch;
    DnsTransaction event;
    event.query_time = {kTime};
    event.response_time = {kTime + 12'300'000};
    event.client = *IpAddress::parse("192.0.2.7");
    event.server = *IpAddress::parse("192.0.2.53");
    event.client_port = 40'000;
    event.server_port = 53;
    event.kind = TransactionKind::Matched;
    event.id = 0x1234;
    event.qtype = event.qclass = 1;
    event.query_flags = 0x0100;
    event.response_flags = 0x8580;
    event.query_bytes = kQuery.size();
    event.response_bytes = kQuery.size() + kAnswer.size();
    event.query_message = batch.bytes.append(ByteView(kQuery));
    event.qname = event.query_message.part(12, 11);
    std::array<std::uint8_t, kQuery.size() + kAnswer.size()> response{};
    std::ranges::copy(kQuery, response.begin());
    std::ranges::copy(kAnswer, response.begin() + kQuery.size());
    response[2] = 0x85;
    response[3] = 0x80;
    response[7] = 1;
    event.response_message = batch.bytes.append(ByteView(response));
    event.client_mac = MacAddress::from_u64(0xf46bef6aadc4);
    event.mac_source = MacSource::Link;

    std::string out;
    EventLines().append(out, event, batch.bytes);
    EXPECT_EQ(out.substr(0, out.find(",\"client_mac\"")),
              "{\"ts\":1795262400.123456,\"id.orig_h\":\"192.0.2.7\",\"id.orig_p\":40000,"
              "\"id.resp_h\":\"192.0.2.53\",\"id.resp_p\":53,\"proto\":\"udp\","
              "\"service\":\"dns\",\"trans_id\":4660,\"rtt\":0.012300,\"kind\":\"matched\","
              "\"query\":\"louvre.fr\",\"qclass\":1,\"qclass_name\":\"IN\",\"qtype\":1,"
              "\"qtype_name\":\"A\",\"RD\":true,\"Z\":0,\"opcode\":0,\"rcode\":0,"
              "\"rcode_name\":\"NOERROR\",\"AA\":true,\"TC\":false,\"RA\":true,"
              "\"orig_bytes\":27,\"resp_bytes\":43");
    EXPECT_TRUE(out.ends_with(",\"answers\":[\"89.185.38.253\"],\"TTLs\":[300]}\n")) << out;
    EXPECT_NE(out.find("\"client_mac\":\"f4:6b:ef:6a:ad:c4\",\"mac_source\":\"link\""),
              std::string::npos);
}

TEST(EventLines, AnUnansweredQuerySaysNothingOfAServer) {
    EventBatch batch;
    DnsTransaction event;
    event.query_time = {kTime};
    event.kind = TransactionKind::Unanswered;
    std::string out;
    EventLines().append(out, event, batch.bytes);
    for (const char* absent : {"rtt", "rcode", "answers", "client_mac", "query\"", "AA"}) {
        EXPECT_EQ(out.find(absent), std::string::npos) << absent;
    }
}

TEST(EventLines, ADhcpMessageNamesItsClient) {
    EventBatch batch;
    DhcpMessage event;
    event.time = {kTime};
    event.type = 1;
    event.client_mac = MacAddress::from_u64(0xf46bef6aadc4);
    event.vendor_class = batch.bytes.append("MSFT 5.0");
    event.host_name = batch.bytes.append("salle\"12");
    std::string out;
    EventLines().append(out, event, batch.bytes);
    EXPECT_NE(out.find("\"msg_types\":[\"Discover\"]"), std::string::npos) << out;
    EXPECT_NE(out.find("\"mac\":\"f4:6b:ef:6a:ad:c4\""), std::string::npos);
    EXPECT_NE(out.find("\"vendor_class\":\"MSFT 5.0\""), std::string::npos);
    EXPECT_NE(out.find("\"host_name\":\"salle\\\"12\""), std::string::npos);
}

}  // namespace
}  // namespace vedette::store
