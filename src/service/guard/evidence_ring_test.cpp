#include "service/guard/evidence_ring.hpp"

#include <gtest/gtest.h>

namespace vedette::service {
namespace {

const IpAddress kClient = *IpAddress::parse("192.0.2.7");
const IpAddress kServer = *IpAddress::parse("192.0.2.53");

/// Packets of `bytes` bytes whose first byte is the low byte of their number.
class Feed {
  public:
    explicit Feed(std::size_t ring, std::uint32_t bytes) : ring_(ring), bytes_(bytes) {}

    void packet(const IpAddress& source) {
        ++number_;
        const std::vector<std::uint8_t> data(bytes_, static_cast<std::uint8_t>(number_));
        sys::PacketBatch batch;
        sys::PacketRecord& record = batch.packets.emplace_back();
        record.time = Timestamp::from_seconds(static_cast<std::int64_t>(number_));
        record.data = data.data();
        record.captured = record.original = bytes_;
        record.link_type = 1;
        EventBatch events;
        DnsSighting& seen = events.sightings.emplace_back();
        seen.packet = number_;
        seen.source = source;
        seen.destination = kServer;
        ring_.keep(batch, number_, events, {});
    }
    EvidenceRing& ring() { return ring_; }

  private:
    EvidenceRing ring_;
    std::uint32_t bytes_;
    std::uint64_t number_ = 0;
};

TEST(EvidenceRing, GivesThePacketsOfTheFindingsHost) {
    Feed feed(1U << 20U, 80);
    for (int i = 0; i < 10; ++i)
        feed.packet(i % 2 == 0 ? kClient : *IpAddress::parse("192.0.2.8"));
    Finding finding;
    finding.client = kClient;
    const auto packets = feed.ring().slice(finding);
    ASSERT_EQ(packets.size(), 5U);
    EXPECT_EQ(packets[0].number, 1U);
    EXPECT_EQ(packets[4].number, 9U);
    EXPECT_EQ(packets[4].bytes, std::vector<std::uint8_t>(80, 9));
    EXPECT_EQ(packets[4].time, Timestamp::from_seconds(9));
}

TEST(EvidenceRing, NamedPacketsComeFirstAndTheRestIsTheNewest) {
    Feed feed(1U << 20U, 80);
    for (int i = 0; i < 500; ++i)
        feed.packet(kClient);
    Finding finding;
    finding.client = kClient;
    finding.packets = {3};
    const auto packets = feed.ring().slice(finding);
    ASSERT_EQ(packets.size(), EvidenceRing::kSlicePackets);
    EXPECT_EQ(packets.front().number, 3U);
    EXPECT_EQ(packets[1].number, 438U);
    EXPECT_EQ(packets.back().number, 500U);
}

TEST(EvidenceRing, OldPacketsGiveWayAndBytesStayWhole) {
    Feed feed(10'000, 999);
    for (int i = 0; i < 1'000; ++i) {
        feed.packet(kClient);
        Finding finding;
        finding.client = kClient;
        for (const EvidencePacket& packet : feed.ring().slice(finding)) {
            ASSERT_EQ(packet.bytes,
                      std::vector<std::uint8_t>(999, static_cast<std::uint8_t>(packet.number)));
        }
    }
    Finding finding;
    finding.client = kClient;
    const auto packets = feed.ring().slice(finding);
    EXPECT_EQ(packets.back().number, 1'000U);
    EXPECT_GE(packets.size(), 8U);
    EXPECT_LE(packets.size(), 10U);
}

TEST(EvidenceRing, ASliceIsBoundedInBytes) {
    Feed feed(1U << 20U, 3'000);
    for (int i = 0; i < 64; ++i)
        feed.packet(kClient);
    Finding finding;
    finding.client = kClient;
    EXPECT_EQ(feed.ring().slice(finding).size(), EvidenceRing::kSliceBytes / 3'000);
}

TEST(EvidenceRing, AFindingWithoutAHostHasOnlyWhatItNames) {
    Feed feed(1U << 20U, 80);
    feed.packet(kClient);
    EXPECT_TRUE(feed.ring().slice(Finding{}).empty());
}

}  // namespace
}  // namespace vedette::service
