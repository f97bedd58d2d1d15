#include "decode/dns_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "wire/reader/battery.hpp"

namespace vedette::decode {
namespace {

using wire::AnomalyId;
using wire::from_hex;
using Bytes = std::vector<std::uint8_t>;

/// A query for a.example with this id: 27 bytes.
Bytes query(std::uint8_t id) {
    Bytes message = from_hex("0000 0100 0001 0000 0000 0000 0161 076578616d706c65 00 0001 0001");
    message[1] = id;
    return message;
}

Bytes framed(const Bytes& message) {
    Bytes bytes{static_cast<std::uint8_t>(message.size() >> 8U),
                static_cast<std::uint8_t>(message.size())};
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

class StreamTest : public testing::Test, public StreamSink {
  public:
    void on_message(Timestamp, std::uint64_t packet, ByteView message) override {
        ids.push_back(message.size() > 1 ? message[1] : 0);
        packets.push_back(packet);
        bytes += message.size();
    }
    void on_anomaly(AnomalyId id, std::uint64_t) override { anomalies.push_back(id); }

  protected:
    /// `count` framed queries with ids 1, 2, ...
    void make(std::uint8_t count) {
        for (std::uint8_t id = 1; id <= count; ++id) {
            const Bytes next = framed(query(id));
            data.insert(data.end(), next.begin(), next.end());
        }
    }
    void send(std::size_t from, std::size_t size, std::int64_t millis = 0) {
        ++packet_;
        stream.add({Timestamp{millis * kNanosPerMilli}, packet_,
                    first + static_cast<std::uint32_t>(from), ByteView(data).subspan(from, size)},
                   *this);
    }

    static constexpr std::size_t kFrame = 29;
    DnsStream stream;
    Bytes data;
    std::uint32_t first = 0xfffffff0;  // wraps within the first message
    std::vector<int> ids;
    std::vector<std::uint64_t> packets;
    std::vector<AnomalyId> anomalies;
    std::size_t bytes = 0;

  private:
    std::uint64_t packet_ = 0;
};

TEST_F(StreamTest, SeveralMessagesInOneSegment) {
    make(3);
    stream.open(first - 1, *this);
    send(0, data.size());
    EXPECT_EQ(ids, (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(bytes, 81U);
    EXPECT_EQ(stream.buffered_bytes(), 0U);
}

TEST_F(StreamTest, EveryWayToCutInTwo) {
    make(2);
    for (std::size_t cut = 1; cut < data.size(); ++cut) {
        stream = {};
        ids.clear();
        stream.open(first - 1, *this);
        send(0, cut);
        send(cut, data.size() - cut);
        EXPECT_EQ(ids, (std::vector<int>{1, 2})) << cut;
        stream = {};
        ids.clear();
        stream.open(first - 1, *this);
        send(cut, data.size() - cut);  // out of order
        EXPECT_TRUE(ids.empty());
        EXPECT_TRUE(stream.has_hole());
        send(0, cut);
        EXPECT_EQ(ids, (std::vector<int>{1, 2})) << cut;
        EXPECT_FALSE(stream.has_hole());
    }
}

TEST_F(StreamTest, ByteByByteBackwards) {
    make(2);
    stream.open(first - 1, *this);
    for (std::size_t i = data.size(); i-- > 0;)
        send(i, 1);
    EXPECT_EQ(ids, (std::vector<int>{1, 2}));
    EXPECT_TRUE(anomalies.empty());
}

TEST_F(StreamTest, RetransmissionsCountOnce) {
    make(3);
    stream.open(first - 1, *this);
    send(0, kFrame + 5);
    send(0, kFrame + 5);
    send(kFrame, kFrame);
    send(kFrame - 3, 2 * kFrame + 3);
    EXPECT_EQ(ids, (std::vector<int>{1, 2, 3}));
    EXPECT_TRUE(anomalies.empty());
}

TEST_F(StreamTest, ARetransmissionThatDiffersIsTold) {
    make(1);
    stream.open(first - 1, *this);
    send(0, 20);
    data[16] ^= 1U;
    send(0, 20);
    EXPECT_EQ(anomalies, (std::vector<AnomalyId>{AnomalyId::TcpOverlapDiffers}));
    send(10, kFrame - 10);
    EXPECT_EQ(ids, (std::vector<int>{1}));
    EXPECT_EQ(anomalies.size(), 2U);
}

TEST_F(StreamTest, WithoutTheHandshakeTheFirstMessageIsFound) {
    make(3);
    send(0, kFrame);
    send(kFrame, 2 * kFrame);
    EXPECT_EQ(ids, (std::vector<int>{1, 2, 3}));
}

TEST_F(StreamTest, WithoutTheHandshakeTheMiddleOfAMessageIsLeftAlone) {
    make(3);
    send(10, kFrame - 10);
    EXPECT_TRUE(ids.empty());
    send(kFrame, kFrame);
    EXPECT_EQ(ids, (std::vector<int>{2}));
}

TEST_F(StreamTest, AMessageWhoseLengthWasSentAloneAndMissed) {
    make(3);
    send(2, kFrame - 2);
    send(kFrame, 2);
    send(kFrame + 2, kFrame - 2);
    send(2 * kFrame, kFrame);
    EXPECT_EQ(ids, (std::vector<int>{1, 2, 3}));
}

TEST_F(StreamTest, AHoleInsideAMessageLosesThatMessageOnly) {
    make(4);
    stream.open(first - 1, *this);
    send(0, kFrame + 6);
    send(kFrame + 16, 3 * kFrame - 16, 10);
    EXPECT_EQ(ids, (std::vector<int>{1}));
    stream.expire(Timestamp{500 * kNanosPerMilli}, *this);
    EXPECT_EQ(ids.size(), 1U);  // still waited for
    stream.expire(Timestamp{2'000 * kNanosPerMilli}, *this);
    EXPECT_EQ(ids, (std::vector<int>{1, 3, 4}));
    EXPECT_EQ(anomalies, (std::vector<AnomalyId>{AnomalyId::TcpGap}));
    EXPECT_EQ(packets.back(), 2U);  // of the segment that held the bytes
}

TEST_F(StreamTest, AHoleOverABoundaryIsBridgedAtTheNextSegment) {
    make(5);
    stream.open(first - 1, *this);
    send(0, kFrame + 6);
    send(2 * kFrame + 9, kFrame - 9, 10);
    send(3 * kFrame, 2 * kFrame, 20);
    stream.flush(*this);
    EXPECT_EQ(ids, (std::vector<int>{1, 4, 5}));
}

TEST_F(StreamTest, ShortMessagesAndEmptyOnesKeepTheFraming) {
    make(1);
    const Bytes message = data;
    data.insert(data.end(), {0, 3, 1, 77, 3, 0, 0, 0, 0});
    data.insert(data.end(), message.begin(), message.end());
    stream.open(first - 1, *this);
    send(0, data.size());
    EXPECT_EQ(ids, (std::vector<int>{1, 77, 1}));
    EXPECT_EQ(stream.buffered_bytes(), 0U);
}

TEST_F(StreamTest, JunkAfterAMessageDoesNotUndoIt) {
    make(1);
    data.insert(data.end(), 50, 'x');
    stream.open(first - 1, *this);
    send(0, data.size());
    EXPECT_EQ(ids, (std::vector<int>{1}));
}

TEST_F(StreamTest, WithoutTheHandshakeAMessageInTwoParts) {
    for (std::size_t cut = 2; cut < kFrame; ++cut) {
        stream = {};
        ids.clear();
        data.clear();
        make(1);
        send(0, cut);
        send(cut, kFrame - cut);
        EXPECT_EQ(ids, (std::vector<int>{1})) << cut;
    }
}

TEST_F(StreamTest, AnotherConnectionOnTheSamePorts) {
    make(2);
    stream.open(first - 1, *this);
    send(0, kFrame);
    stream.open(first - 1, *this);  // the same SYN again
    send(kFrame, kFrame);
    first += 0x40000000;
    stream.open(first - 1, *this);
    send(0, kFrame);
    EXPECT_EQ(ids, (std::vector<int>{1, 2, 1}));
}

TEST_F(StreamTest, HeldBytesAreBounded) {
    data.assign(3U << 20U, 0);
    stream.open(first - 1, *this);
    for (std::size_t at = 2; at + 8'192 < data.size(); at += 8'192) {
        send(at, 8'192);
        ASSERT_LE(stream.buffered_bytes(), DnsStream::kMaxHeldBytes + 8'192);
    }
    for (std::size_t at = 2; at < 3'000; at += 2)
        send(at, 1);
    ASSERT_LE(stream.buffered_bytes(), DnsStream::kMaxHeldBytes + 65'536);
}

}  // namespace
}  // namespace vedette::decode
