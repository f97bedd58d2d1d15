#include "decode/stream_table.hpp"

#include <gtest/gtest.h>

#include "decode/dns_test_messages.hpp"
#include "decode/test_packets.hpp"

namespace vedette::decode {
namespace {

using wire::AnomalyId;

class StreamTableTest : public testing::Test, public StreamMessageSink {
  public:
    void on_stream_message(const PacketContext& context, ByteView whole) override {
        ports.push_back(context.source_port);
        bytes += whole.size();
    }
    void on_stream_anomaly(const PacketContext&, AnomalyId id) override { anomalies.push_back(id); }

  protected:
    /// A segment of the stream from `port`, at `seconds`.
    void send(StreamTable& table, std::uint16_t port, std::uint32_t sequence,
              const test::Bytes& data, std::int64_t seconds = 0) {
        PacketContext context;
        context.time = Timestamp::from_seconds(seconds);
        context.packet = ++packet_;
        context.source = test::address(test::kClientIp);
        context.destination = test::address(test::kServerIp);
        context.source_port = port;
        context.destination_port = 53;
        context.transport = Transport::Tcp;
        wire::transport::TcpView segment;
        segment.sequence = sequence;
        segment.payload = ByteView(data);
        segment.readable = true;
        table.add(context, segment, *this);
    }

    std::vector<std::uint16_t> ports;
    std::vector<AnomalyId> anomalies;
    std::size_t bytes = 0;
    const test::Bytes message = test::framed(test::query(1, "www.example.com"));

  private:
    std::uint64_t packet_ = 0;
};

TEST_F(StreamTableTest, DirectionsAndPortsAreStreamsOfTheirOwn) {
    StreamTable table({});
    const test::Bytes head(message.begin(), message.begin() + 20);
    const test::Bytes tail(message.begin() + 20, message.end());
    send(table, 1'000, 1, head);
    send(table, 1'001, 1, head);
    send(table, 1'001, 21, tail);
    send(table, 1'000, 21, tail);
    EXPECT_EQ(ports, (std::vector<std::uint16_t>{1'001, 1'000}));
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.buffered_bytes(), 0U);
}

TEST_F(StreamTableTest, StreamsAreBoundedAndLeaversAreTold) {
    StreamTable table({4, 1U << 20U});
    for (std::uint16_t port = 1'000; port < 1'100; ++port) {
        send(table, port, 1, message);
        send(table, port, 1'000, message);  // behind a hole
        ASSERT_LE(table.size(), 4U);
    }
    table.finish(*this);
    EXPECT_EQ(ports.size(), 200U);
    EXPECT_EQ(table.buffered_bytes(), 0U);
}

TEST_F(StreamTableTest, BytesAreBounded) {
    constexpr std::uint32_t kBudget = 100'000;
    StreamTable table({1'000, kBudget});
    const test::Bytes part = test::framed(test::Bytes(1'400, 0));
    test::Bytes start(part.begin(), part.begin() + 1'000);
    start[2 + 5] = 1;  // one question: plausible
    for (std::uint16_t port = 1'000; port < 1'500; ++port) {
        send(table, port, 1, start, 0);
        ASSERT_LE(table.buffered_bytes(), kBudget);
    }
    EXPECT_EQ(anomalies.front(), AnomalyId::TcpBudget);
    // A minute later the idle ones make room for somebody new.
    send(table, 2'000, 1, start, 60);
    const std::size_t told = anomalies.size();
    send(table, 2'001, 1, start, 60);
    EXPECT_EQ(anomalies.size(), told);
}

TEST_F(StreamTableTest, HolesAreGivenUpInTime) {
    StreamTable table({});
    send(table, 1'000, 1, message, 10);
    send(table, 1'000, 500, message, 10);
    table.expire(Timestamp::from_seconds(10), *this);
    EXPECT_EQ(ports.size(), 1U);
    table.expire(Timestamp::from_seconds(12), *this);
    EXPECT_EQ(ports.size(), 2U);
    EXPECT_EQ(anomalies, (std::vector<AnomalyId>{AnomalyId::TcpGap}));
}

}  // namespace
}  // namespace vedette::decode
