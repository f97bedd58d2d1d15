#include "service/answerer/stream_peer.hpp"

#include <gtest/gtest.h>

#include "decode/test_packets.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::answerer {
namespace {

using namespace decode::test;
using wire::traced::FrameView;
using wire::traced::PayloadKind;

constexpr std::string_view kName = "www.example.com";

Bytes traced(std::uint32_t id, const Bytes& payload, PayloadKind kind = PayloadKind::Ethernet) {
    wire::traced::Header header;
    header.id = id;
    header.kind = kind;
    header.hour = 5;
    header.nanos = 123'456'789;
    header.length = static_cast<std::uint32_t>(payload.size());
    const auto bytes = wire::traced::write_header(header);
    Bytes out(bytes.begin(), bytes.end());
    put(out, payload);
    return out;
}

class StreamPeerTest : public testing::Test {
  protected:
    std::optional<CloseReason> receive(const Bytes& bytes) { return peer.receive(bytes, 0, out); }
    /// Takes the first frame off `out`.
    FrameView next() {
        taken_.assign(out.begin(), out.end());
        const FrameView frame = wire::traced::read_frame(ByteView(taken_));
        EXPECT_TRUE(frame.whole);
        EXPECT_TRUE(frame.header.answer);
        out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(frame.bytes()));
        return frame;
    }

    AddressRule rule = *AddressRule::make({{"192.0.2.1"}, "hash", {}});
    MessageAnswerer messages{rule, 60};
    FrameCounts counts;
    StreamPeer peer{StreamPeer::Speaks::Traced, messages, counts};
    std::vector<std::uint8_t> out;

  private:
    Bytes taken_;
};

TEST_F(StreamPeerTest, APacketIsAnsweredWithItsOwnHeader) {
    ASSERT_FALSE(receive(traced(0xabcdef, query_frame(7, kName))));
    const FrameView frame = next();
    EXPECT_EQ(frame.header.id, 0xabcdefU);
    EXPECT_EQ(frame.header.hour, 5);
    EXPECT_EQ(frame.header.nanos, 123'456'789U);
    EXPECT_FALSE(frame.header.more);
    EXPECT_EQ(frame.header.kind, PayloadKind::Message);
    const auto view = wire::dns::MessageView::inspect(frame.payload);
    EXPECT_EQ(view.header().id, 7);
    EXPECT_EQ(view.header().counts[1], 1);
    EXPECT_TRUE(out.empty());
}

TEST_F(StreamPeerTest, SeveralMessagesOfAPacketAreSeveralFrames) {
    Bytes two = framed(query(1, kName));
    put(two, framed(query(2, kName)));
    ASSERT_FALSE(receive(traced(5, ethernet(0x0800, ipv4({6}, tcp({}, two))))));
    const FrameView first = next();
    EXPECT_TRUE(first.header.more);
    EXPECT_EQ(first.payload[1], 1);
    const FrameView second = next();
    EXPECT_FALSE(second.header.more);
    EXPECT_EQ(second.payload[1], 2);
    EXPECT_EQ(second.header.id, 5U);
}

TEST_F(StreamPeerTest, WhereThereIsNoQuestionTheAnswerIsEmpty) {
    const auto answer_packet = answer_frame(7, kName);
    for (const auto& [payload, kind] : {std::pair{Bytes{1, 2, 3}, PayloadKind::Ethernet},
                                        {answer_packet, PayloadKind::Ethernet},
                                        {Bytes(5), PayloadKind::Message},
                                        {query(1, kName), static_cast<PayloadKind>(14)}}) {
        ASSERT_FALSE(receive(traced(1, payload, kind)));
        EXPECT_TRUE(next().payload.empty());
    }
    EXPECT_EQ(counts.without_question, 4U);
    EXPECT_EQ(counts.frames, 4U);
}

TEST_F(StreamPeerTest, EveryWrongHeaderEndsTheConnectionWithItsReason) {
    const Bytes good = traced(1, query_frame(7, kName));
    const auto with = [&](std::size_t at, std::uint8_t value) {
        Bytes bytes = good;
        bytes[at] = value;
        return StreamPeer(StreamPeer::Speaks::Traced, messages, counts).receive(bytes, 0, out);
    };
    EXPECT_EQ(with(0, 0), CloseReason::Magic);
    EXPECT_EQ(with(2, 0), CloseReason::Version);
    EXPECT_EQ(with(14, 1), CloseReason::Length);
    EXPECT_EQ(with(4, 24), CloseReason::Time);
    EXPECT_EQ(with(3, 0x80), CloseReason::Direction);
    EXPECT_TRUE(out.empty());
    // What was whole before the damage is answered.
    Bytes both = good;
    put(both, Bytes{'G', 'E', 'T'});
    EXPECT_EQ(receive(both), CloseReason::Magic);
    EXPECT_EQ(next().payload[1], 7);
    for (std::size_t i = 0; i < kCloseReasons; ++i)
        EXPECT_FALSE(to_text(static_cast<CloseReason>(i)).empty());
}

TEST_F(StreamPeerTest, BytesMayComeOneByOne) {
    Bytes stream = traced(1, query_frame(1, kName));
    put(stream, traced(2, query_frame(2, kName)));
    for (const std::uint8_t octet : stream)
        ASSERT_FALSE(receive({octet}));
    EXPECT_FALSE(peer.in_message());
    EXPECT_EQ(next().header.id, 1U);
    EXPECT_EQ(next().header.id, 2U);
}

TEST_F(StreamPeerTest, PlainDnsIsSpokenToo) {
    StreamPeer plain{StreamPeer::Speaks::Dns, messages, counts};
    Bytes two = framed(query(1, kName));
    put(two, framed(query(2, kName, 16)));
    for (const std::uint8_t octet : two)
        ASSERT_FALSE(plain.receive(Bytes{octet}, 0, out));
    ASSERT_GT(out.size(), 2U);
    const std::size_t first = std::size_t{out[0]} << 8U | out[1];
    ASSERT_GT(out.size(), first + 4);
    EXPECT_EQ(out[3], 1);
    EXPECT_EQ(out[first + 2 + 3], 2);
    EXPECT_EQ(messages.counts().nodata, 1U);
}

TEST_F(StreamPeerTest, DamageIsAnsweredOrEndsTheConnection) {
    Bytes stream = traced(1, query_frame(1, kName));
    put(stream, traced(2, query(2, kName), PayloadKind::Message));
    wire::for_each_damage(stream, [this](ByteView bytes) {
        StreamPeer fresh(StreamPeer::Speaks::Traced, messages, counts);
        std::vector<std::uint8_t> answers;
        const auto broken = fresh.receive(bytes, 0, answers);
        ASSERT_TRUE(broken || bytes.size() == 0 || !answers.empty() || fresh.in_message());
        ByteView rest(answers);
        while (!rest.empty()) {
            const FrameView frame = wire::traced::read_frame(rest);
            ASSERT_TRUE(frame.whole);
            rest = rest.subspan(frame.bytes());
        }
    });
}

}  // namespace
}  // namespace vedette::answerer
