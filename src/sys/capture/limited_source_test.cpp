#include "sys/capture/limited_source.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace vedette::sys {
namespace {

/// Hands out one batch of packets a read: their times in seconds, a byte each.
class Batches final : public PacketSource {
  public:
    enum class Kind : std::uint8_t { File, Live };
    Batches(Kind kind, std::deque<std::vector<int>> batches)
        : kind_(kind), batches_(std::move(batches)) {}

    Result<ReadStatus> read(PacketBatch& batch) override {
        batch.clear();
        if (batches_.empty()) {
            return is_live() && !stopped_ ? ReadStatus::Idle : ReadStatus::End;
        }
        static constexpr std::uint8_t kByte = 0;
        for (const int second : batches_.front()) {
            PacketRecord packet;
            packet.time = Timestamp{} + Duration::seconds(1'000 + second);
            packet.data = &kByte;
            packet.captured = packet.original = 1;
            batch.packets.push_back(packet);
            ++statistics_.packets;
            ++statistics_.bytes;
        }
        batches_.pop_front();
        return ReadStatus::Packets;
    }
    SourceStatistics statistics() const noexcept override { return statistics_; }
    const std::vector<InterfaceInfo>& interfaces() const noexcept override { return interfaces_; }
    bool is_live() const noexcept override { return kind_ == Kind::Live; }
    void stop() noexcept override { stopped_ = true; }
    const std::vector<std::string>& warnings() const noexcept override { return warnings_; }

  private:
    Kind kind_;
    bool stopped_ = false;
    std::deque<std::vector<int>> batches_;
    SourceStatistics statistics_;
    std::vector<InterfaceInfo> interfaces_;
    std::vector<std::string> warnings_;
};

class HandClock final : public Clock {
  public:
    Timestamp now() const noexcept override { return time; }
    Timestamp time = Timestamp{} + Duration::seconds(5);
};

/// Reads to the end or to silence; the packets of each read.
std::vector<std::size_t> read_all(PacketSource& source) {
    std::vector<std::size_t> sizes;
    PacketBatch batch;
    while (true) {
        const auto status = source.read(batch);
        if (*status != ReadStatus::Packets) return sizes;
        sizes.push_back(batch.packets.size());
    }
}

TEST(LimitedSource, EndsAtTheNumberOfPackets) {
    const HandClock clock;
    for (const std::uint64_t limit : {1U, 2U, 3U, 4U, 5U}) {
        auto source = make_limited_source(
            std::make_unique<Batches>(Batches::Kind::File,
                                      std::deque<std::vector<int>>{{0, 1}, {2, 3}}),
            {.packets = limit, .duration = {}}, clock);
        std::size_t sum = 0;
        for (const std::size_t size : read_all(*source))
            sum += size;
        EXPECT_EQ(sum, std::min<std::uint64_t>(limit, 4));
        EXPECT_EQ(source->statistics().packets, sum);
        EXPECT_EQ(source->statistics().bytes, sum);
        PacketBatch batch;
        EXPECT_EQ(*source->read(batch), ReadStatus::End);
    }
}

TEST(LimitedSource, TimeOfAFileIsItsPackets) {
    const HandClock clock;
    auto source = make_limited_source(
        std::make_unique<Batches>(Batches::Kind::File,
                                  std::deque<std::vector<int>>{{0, 1}, {2, 3, 4}, {0}}),
        {.packets = 0, .duration = Duration::seconds(3)}, clock);
    EXPECT_EQ(read_all(*source), (std::vector<std::size_t>{2, 1}));
    EXPECT_EQ(source->statistics().packets, 3U);
}

TEST(LimitedSource, TimeOfALiveSourceIsTheClocks) {
    HandClock clock;
    auto source = make_limited_source(
        std::make_unique<Batches>(Batches::Kind::Live, std::deque<std::vector<int>>{{0}, {90}}),
        {.packets = 0, .duration = Duration::seconds(3)}, clock);
    PacketBatch batch;
    EXPECT_EQ(*source->read(batch), ReadStatus::Packets);
    clock.time = clock.time + Duration::seconds(3);
    // What was held when the time was up is still read.
    EXPECT_EQ(*source->read(batch), ReadStatus::Packets);
    EXPECT_EQ(*source->read(batch), ReadStatus::End);
    EXPECT_EQ(source->statistics().packets, 2U);
}

}  // namespace
}  // namespace vedette::sys
