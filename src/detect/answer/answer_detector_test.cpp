#include "detect/answer/answer_detector.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vedette::detect {
namespace {

constexpr std::int64_t kStart = 1'795'262'400;
const IpAddress kClient = *IpAddress::parse("192.0.2.7");
const IpAddress kServer = *IpAddress::parse("192.0.2.53");

class AnswerDetectorTest : public testing::Test {
  protected:
    void SetUp() override { use(Preset::Normal); }
    void use(Preset preset) { detector_ = make_answer_detector(AnswerSettings::of(preset)); }

    /// A message that answers `wire_name` with addresses.
    static std::vector<std::uint8_t> response(std::string_view wire_name,
                                              const std::vector<const char*>& addresses) {
        std::vector<std::uint8_t> out{0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0};
        out[7] = static_cast<std::uint8_t>(addresses.size());
        out.insert(out.end(), wire_name.begin(), wire_name.end());
        out.insert(out.end(), {0, 1, 0, 1});
        for (const char* text : addresses) {
            out.insert(out.end(), {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4});
            const IpAddress address = *IpAddress::parse(text);
            out.insert(out.end(), address.bytes().begin(), address.bytes().end());
        }
        return out;
    }
    void answer(std::string_view wire_name, const std::vector<const char*>& addresses,
                std::int64_t second, TransactionKind kind = TransactionKind::Matched) {
        EventBatch batch;
        DnsTransaction& event = batch.dns.emplace_back();
        const Timestamp time = Timestamp::from_seconds(kStart + second);
        event.kind = kind;
        if (kind != TransactionKind::Orphan) event.query_time = time;
        event.response_time = time;
        event.client = kClient;
        event.server = kServer;
        event.client_port = 5'000;
        event.id = 1;
        event.qtype = 1;
        event.query_packet = 1;
        event.response_packet = 2;
        event.qname = batch.bytes.append(wire_name);
        event.response_message = batch.bytes.append(ByteView(response(wire_name, addresses)));
        batch.watermark = time;
        detector_->observe(batch, found_);
    }
    void stray(std::uint16_t id, std::int64_t second, std::uint16_t port = 5'000) {
        EventBatch batch;
        DnsSighting& seen = batch.sightings.emplace_back();
        seen.time = Timestamp::from_seconds(kStart + second);
        seen.source = kServer;
        seen.destination = kClient;
        seen.destination_port = port;
        seen.flags = 0x8180;
        seen.id = id;
        seen.solicited = false;
        seen.packet = id;
        detector_->observe(batch, found_);
    }

    std::unique_ptr<Detector> detector_;
    std::vector<Finding> found_;
};

constexpr std::string_view kName("\3www\7example\3com\0", 17);
constexpr std::string_view kLocal("\3nas\3lan\0", 9);

TEST_F(AnswerDetectorTest, TwoAnswersThatContradictAreToldTheSecondTime) {
    answer(kName, {"198.51.100.1"}, 0);
    answer(kName, {"203.0.113.9"}, 0, TransactionKind::Orphan);
    EXPECT_TRUE(found_.empty());
    answer(kName, {"198.51.100.1"}, 60);
    answer(kName, {"203.0.113.9"}, 60, TransactionKind::Orphan);
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::AnswerSpoofed);
    EXPECT_EQ(found_[0].subject, "192.0.2.7 192.0.2.53");
}

TEST_F(AnswerDetectorTest, DuplicatesAndRotationsAreOrdinary) {
    use(Preset::Strict);
    answer(kName, {"198.51.100.1", "198.51.100.2"}, 0);
    answer(kName, {"198.51.100.2", "198.51.100.1"}, 0, TransactionKind::Orphan);
    answer(kName, {"198.51.100.1"}, 1, TransactionKind::Orphan);
    answer(kName, {"203.0.113.9"}, 30, TransactionKind::Orphan);  // nobody knows of which query
    EXPECT_TRUE(found_.empty());
}

TEST_F(AnswerDetectorTest, GuessedIdsAtAPortThatAskedAreAForgery) {
    for (std::uint16_t id = 100; id < 140; ++id)
        stray(id, 1);
    EXPECT_TRUE(found_.empty());  // a reflected flood looks the same until the port has asked
    answer(kName, {"198.51.100.1"}, 0);
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_NE(found_[0].reason.find("different ids hit port 5000"), std::string::npos);
    EXPECT_EQ(found_[0].packets.size(), 2U);
}

TEST_F(AnswerDetectorTest, LateAnswersAreNot) {
    for (int i = 0; i < 40; ++i)
        stray(7, 1);
    answer(kName, {"198.51.100.1"}, 0);
    for (std::uint16_t id = 100; id < 140; ++id)
        stray(id, 1, 6'000);
    answer(kName, {"198.51.100.1"}, 2);
    EXPECT_TRUE(found_.empty());
}

TEST_F(AnswerDetectorTest, APublicNameThatTurnsInwardIsRebinding) {
    answer(kName, {"10.0.0.5"}, 0);
    EXPECT_TRUE(found_.empty());  // many companies publish inside addresses
    answer(kName, {"198.51.100.1"}, 1);
    answer(kName, {"192.168.1.1"}, 10);
    ASSERT_EQ(found_.size(), 1U);
    EXPECT_EQ(found_[0].kind, FindingKind::AnswerRebinding);
    EXPECT_EQ(found_[0].subject, "example.com.");
    EXPECT_NE(found_[0].reason.find("192.168.1.1"), std::string::npos);
}

TEST_F(AnswerDetectorTest, BothAtOnceIsRebindingToo) {
    answer(kName, {"198.51.100.1", "192.168.1.1"}, 0);
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(AnswerDetectorTest, ANetworksOwnNamesAndBlockListsAreNot) {
    answer(kLocal, {"198.51.100.1"}, 0);
    answer(kLocal, {"192.168.1.1"}, 1);
    answer(kName, {"198.51.100.1"}, 2);
    answer(kName, {"127.0.0.1"}, 3);
    answer(kName, {"0.0.0.0"}, 4);
    answer(kName, {"10.1.1.1"}, 4'000);  // the public address is long ago
    EXPECT_TRUE(found_.empty());
}

TEST_F(AnswerDetectorTest, StrictTellsEveryPrivateAddress) {
    use(Preset::Strict);
    answer(kName, {"127.0.0.1"}, 0);
    EXPECT_EQ(found_.size(), 1U);
}

TEST_F(AnswerDetectorTest, MemoryHoldsUnderAMillionNamesAndSources) {
    const std::size_t before = detector_->memory_bytes();
    std::string name("\10xxxxxxxx\7example\3com\0", 22);
    EventBatch batch;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        const std::string digits = std::to_string(100'000'000 + i);
        name.replace(1, 8, digits.substr(1));
        DnsTransaction& event = batch.dns.emplace_back();
        event.kind = i % 2 == 0 ? TransactionKind::Matched : TransactionKind::Orphan;
        event.response_time =
            Timestamp::from_seconds(kStart + static_cast<std::int64_t>(i / 9'999));
        if (i % 2 == 0) event.query_time = event.response_time;
        event.client = IpAddress::from_v4(static_cast<std::uint32_t>(mix64(i)));
        event.server = kServer;
        event.qtype = 1;
        event.qname = batch.bytes.append(name);
        event.response_message = batch.bytes.append(ByteView(response(name, {"192.168.0.1"})));
        DnsSighting& seen = batch.sightings.emplace_back();
        seen.solicited = false;
        seen.time = event.response_time;
        seen.destination = event.client;
        seen.source = kServer;
        seen.id = static_cast<std::uint16_t>(i);
        batch.watermark = event.response_time;
        if (batch.dns.size() < 1'000) continue;
        detector_->observe(batch, found_);
        batch.clear();
        found_.clear();
    }
    EXPECT_EQ(detector_->memory_bytes(), before);
    EXPECT_LT(before, 16U << 20U);
}

}  // namespace
}  // namespace vedette::detect
