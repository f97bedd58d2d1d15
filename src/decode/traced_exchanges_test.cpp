// Traced frames in TCP streams, through the whole decoder: what is inside becomes events with the
// addresses of the capture.
#include <gtest/gtest.h>

#include "decode/decoder.hpp"
#include "decode/layer_walk.hpp"
#include "decode/test_packets.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::decode {
namespace {

using namespace test;
using wire::AnomalyId;
using wire::traced::PayloadKind;

constexpr std::string_view kName = "www.example.com";
constexpr std::uint16_t kPort = 9'000;

Bytes traced(std::uint32_t id, const Bytes& payload, PayloadKind kind = PayloadKind::Ethernet,
             bool answer = false) {
    wire::traced::Header header;
    header.id = id;
    header.kind = kind;
    header.answer = answer;
    header.length = static_cast<std::uint32_t>(payload.size());
    const auto bytes = wire::traced::write_header(header);
    Bytes out(bytes.begin(), bytes.end());
    put(out, payload);
    return out;
}

class TracedTest : public testing::Test {
  protected:
    void to_server(const Bytes& bytes) { send(bytes, 30'000, kPort, client_next_); }
    void to_client(const Bytes& bytes) { send(bytes, kPort, 30'000, server_next_); }
    const TraceCounts& run() {
        DecoderOptions options;
        options.dns_ports = {kPort};
        decoder_ = std::make_unique<Decoder>(options);
        decoder_->decode(packets_.batch(), out_);
        decoder_->finish(out_);
        EXPECT_TRUE(decoder_->counts().balances());
        return decoder_->counts();
    }
    [[nodiscard]] std::uint64_t anomalies(AnomalyId id) const {
        return decoder_->counts().anomalies[static_cast<std::size_t>(id)];
    }

    EventBatch out_;

  private:
    void send(const Bytes& bytes, std::uint16_t source, std::uint16_t destination,
              std::uint32_t& next) {
        const bool client = destination == kPort;
        const Ip ip{.protocol = 6,
                    .source = client ? "127.0.0.1" : "127.0.0.2",
                    .destination = client ? "127.0.0.2" : "127.0.0.1"};
        packets_.add(ethernet(0x0800, ipv4(ip, tcp({source, destination, next}, bytes))));
        next += static_cast<std::uint32_t>(bytes.size());
    }
    PacketList packets_;
    std::unique_ptr<Decoder> decoder_;
    std::uint32_t client_next_ = 1;
    std::uint32_t server_next_ = 1;
};

TEST_F(TracedTest, QuestionAndAnswerBecomeOneTransaction) {
    to_server(traced(1, query_frame(7, kName)));
    to_client(traced(1, answer(7, kName), PayloadKind::Message, true));
    const TraceCounts& counts = run();
    EXPECT_EQ(counts.decoded, 2U);
    EXPECT_EQ(counts.dns_udp_query, 1U);
    EXPECT_EQ(counts.dns_udp_response, 1U);
    ASSERT_EQ(out_.dns.size(), 1U);
    EXPECT_EQ(out_.dns[0].kind, TransactionKind::Matched);
    EXPECT_EQ(out_.dns[0].client.to_text(), kClientIp);
    EXPECT_EQ(out_.dns[0].server.to_text(), kServerIp);
    EXPECT_EQ(out_.dns[0].server_port, 53);
    EXPECT_EQ(out_.dns[0].mac_source, MacSource::Unknown);  // its wire is not ours
}

TEST_F(TracedTest, FramesAreCutAnywhere) {
    Bytes stream;
    for (std::uint32_t id = 0; id < 3; ++id)
        put(stream, traced(id, query_frame(static_cast<std::uint16_t>(id), kName)));
    // The first segment holds a header; the others end wherever.
    for (std::size_t at = 0; at < stream.size();) {
        const std::size_t size = std::min<std::size_t>(at == 0 ? 20 : 7, stream.size() - at);
        to_server({stream.begin() + at, stream.begin() + at + size});
        at += size;
    }
    EXPECT_EQ(run().dns_udp_query, 3U);
    EXPECT_EQ(out_.dns.size(), 3U);
}

TEST_F(TracedTest, SeveralFramesInOneSegment) {
    Bytes stream = traced(1, query_frame(1, kName));
    put(stream, traced(2, query_frame(2, kName)));
    put(stream, traced(3, query(3, kName), PayloadKind::Message));
    to_server(stream);
    const TraceCounts& counts = run();
    EXPECT_EQ(counts.dns_udp_query, 2U);
    EXPECT_EQ(counts.dns_tcp_query, 1U);  // a message alone has the connection's addresses
    EXPECT_EQ(out_.dns.size(), 3U);
}

TEST_F(TracedTest, ATcpQuestionReplayedTwiceIsTwoQuestions) {
    const Bytes segment = ethernet(0x0800, ipv4({6}, tcp({}, framed(query(5, kName)))));
    to_server(traced(1, segment));
    to_server(traced(2, segment));
    EXPECT_EQ(run().dns_tcp_query, 2U);
}

TEST_F(TracedTest, MulticastQuestionsAreNotPaired) {
    const Ip group{.destination = "224.0.0.251"};
    to_server(traced(1, ethernet(0x0800, ipv4(group, udp(5'353, 5'353, query(0, kName))))));
    to_client(traced(1, answer(0, kName), PayloadKind::Message, true));
    run();
    ASSERT_EQ(out_.dns.size(), 2U);
    EXPECT_EQ(out_.dns[0].kind, TransactionKind::OneWay);
    EXPECT_EQ(out_.dns[1].kind, TransactionKind::OneWay);
    EXPECT_EQ(out_.dns[1].protocol, DnsProtocol::Mdns);
}

TEST_F(TracedTest, WhatIsNoFrameIsNamed) {
    to_server(traced(1, query_frame(1, kName)));
    Bytes wrong = traced(2, query_frame(2, kName));
    wrong[2] = 9;
    to_server(wrong);
    to_server(traced(3, query_frame(3, kName)));  // found again at the start of a segment
    EXPECT_EQ(run().dns_udp_query, 2U);
    EXPECT_EQ(anomalies(AnomalyId::TracedVersion), 1U);
}

TEST_F(TracedTest, AFrameInAFrameIsNotFollowed) {
    const Bytes inner = traced(9, query_frame(1, kName));
    to_server(traced(1, ethernet(0x0800, ipv4({6}, tcp({30'000, kPort}, inner)))));
    EXPECT_EQ(run().dns_udp_query, 0U);
}

TEST_F(TracedTest, AnEmptyAnswerIsNoEvent) {
    to_server(traced(1, Bytes{1, 2, 3}));
    to_client(traced(1, {}, PayloadKind::Message, true));
    run();
    EXPECT_TRUE(out_.dns.empty());
}

}  // namespace
}  // namespace vedette::decode
