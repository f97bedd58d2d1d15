#include <gtest/gtest.h>

#include "wire/reader/battery.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::wire::traced {
namespace {

// A question captured as a raw IP packet at 23:59:58.999999999 with id 0x010203; 5 octets.
const auto kQuestion = from_hex("5654 01 02 17 3b 3a 3b9ac9ff 010203 00000005 4500001405");

std::vector<std::uint8_t> changed(std::size_t at, std::uint8_t value) {
    auto bytes = kQuestion;
    bytes[at] = value;
    return bytes;
}

std::vector<std::uint8_t> with_length(std::uint32_t length, std::size_t payload) {
    auto bytes = kQuestion;
    bytes.resize(kHeaderBytes + payload);
    for (unsigned i = 0; i < 4; ++i)
        bytes[14 + i] = static_cast<std::uint8_t>(length >> (24U - 8U * i));
    return bytes;
}

TEST(TracedFrame, ReadsWhatTheDocumentShows) {
    const FrameView view = read_frame(kQuestion);
    ASSERT_TRUE(view.whole);
    EXPECT_FALSE(view.header.answer);
    EXPECT_FALSE(view.header.more);
    EXPECT_EQ(view.header.kind, PayloadKind::Ip);
    EXPECT_EQ(view.header.hour, 23);
    EXPECT_EQ(view.header.minute, 59);
    EXPECT_EQ(view.header.second, 58);
    EXPECT_EQ(view.header.nanos, 999'999'999U);
    EXPECT_EQ(view.header.id, 0x010203U);
    EXPECT_EQ(view.payload.size(), 5U);
    EXPECT_EQ(view.bytes(), kQuestion.size());
    EXPECT_TRUE(starts_frame(kQuestion));
}

TEST(TracedFrame, EveryWrongFieldHasItsName) {
    EXPECT_EQ(read_frame(changed(0, 0x55)).damage.id, AnomalyId::TracedMagic);
    EXPECT_EQ(read_frame(changed(1, 0x55)).damage.id, AnomalyId::TracedMagic);
    EXPECT_EQ(read_frame(changed(2, 2)).damage.id, AnomalyId::TracedVersion);
    EXPECT_EQ(read_frame(changed(4, 24)).damage.id, AnomalyId::TracedTime);
    EXPECT_EQ(read_frame(changed(5, 60)).damage.id, AnomalyId::TracedTime);
    EXPECT_EQ(read_frame(changed(6, 61)).damage.id, AnomalyId::TracedTime);
    EXPECT_TRUE(read_frame(changed(6, 60)).whole);  // a leap second
    EXPECT_EQ(read_frame(changed(8, 0x9b)).damage.id, AnomalyId::TracedTime);
    // The magic is judged as soon as it is there.
    EXPECT_EQ(read_frame(from_hex("0102")).damage.id, AnomalyId::TracedMagic);
    EXPECT_EQ(read_frame(from_hex("56")).damage.id, AnomalyId::TracedTruncated);
    EXPECT_EQ(read_frame(from_hex("565402")).damage.id, AnomalyId::TracedVersion);
}

TEST(TracedFrame, LengthsAtTheirLimits) {
    EXPECT_EQ(read_frame(with_length(0, 0)).damage.id, AnomalyId::TracedLength);
    EXPECT_TRUE(read_frame(with_length(1, 1)).whole);
    const auto fits = with_length(kMaxPayloadBytes - 1, kMaxPayloadBytes);
    EXPECT_TRUE(read_frame(fits).whole);
    EXPECT_EQ(read_frame(fits).payload.size(), kMaxPayloadBytes - 1);
    EXPECT_TRUE(read_frame(with_length(kMaxPayloadBytes, kMaxPayloadBytes)).whole);
    const auto beyond = with_length(kMaxPayloadBytes + 1, kMaxPayloadBytes + 1);
    EXPECT_EQ(read_frame(beyond).damage.id, AnomalyId::TracedLength);
    EXPECT_TRUE(read_frame(beyond).broken());
    auto empty_answer = with_length(0, 0);
    empty_answer[3] |= kFlagAnswer;
    EXPECT_TRUE(read_frame(empty_answer).whole);
}

TEST(TracedFrame, WritesWhatItReads) {
    Header header;
    header.answer = header.more = true;
    header.kind = PayloadKind::Ppp;
    header.set_time({1'234'567'890'123'456'789});
    header.id = kMaxId;
    header.length = 0;
    EXPECT_EQ(header.hour, 23);
    EXPECT_EQ(header.minute, 31);
    EXPECT_EQ(header.second, 30);
    EXPECT_EQ(header.nanos, 123'456'789U);
    const HeaderBytes bytes = write_header(header);
    const FrameView view = read_frame(bytes);
    ASSERT_TRUE(view.whole);
    EXPECT_EQ(view.header, header);
}

TEST(TracedFrame, TimesBeforeTheEpochHaveATimeOfDay) {
    Header header;
    header.set_time({-1});
    EXPECT_EQ(header.hour, 23);
    EXPECT_EQ(header.second, 59);
    EXPECT_EQ(header.nanos, 999'999'999U);
    header.set_time({-86'400 * kNanosPerSecond});
    EXPECT_EQ(header.hour + header.minute + header.second, 0);
}

TEST(TracedFrame, KindsAndLinksAgree) {
    constexpr std::array<std::uint16_t, 9> kLinks{1, 101, 113, 276, 0, 108, 105, 127, 9};
    for (const std::uint16_t link : kLinks) {
        std::uint16_t back = 0xffff;
        ASSERT_TRUE(link_of_kind(kind_of_link(link), back));
        EXPECT_EQ(back, link);
    }
    std::uint16_t none = 0;
    EXPECT_FALSE(link_of_kind(PayloadKind::Message, none));
    EXPECT_FALSE(link_of_kind(static_cast<PayloadKind>(15), none));
    EXPECT_EQ(kind_of_link(147), PayloadKind::Message);
    EXPECT_EQ(kind_of_link(228), PayloadKind::Ip);
}

TEST(TracedFrame, SpareBitsAreNoReasonToCloseButNoStartEither) {
    EXPECT_TRUE(read_frame(changed(3, 0x12)).whole);
    EXPECT_FALSE(starts_frame(changed(3, 0x12)));
    EXPECT_FALSE(starts_frame(ByteView(kQuestion).first(17)));
    EXPECT_TRUE(starts_frame(ByteView(kQuestion).first(18)));
}

TEST(TracedFrame, DamageNeverLeavesTheInput) {
    for_each_damage(kQuestion, [](ByteView bytes) {
        const FrameView view = read_frame(bytes);
        ASSERT_TRUE(lies_within(view.payload, bytes));
        ASSERT_NE(view.whole, static_cast<bool>(view.damage));
        ASSERT_TRUE(!view.whole || view.bytes() <= bytes.size());
        ASSERT_TRUE(bytes.size() >= kQuestion.size() || view.damage);
    });
}

}  // namespace
}  // namespace vedette::wire::traced
