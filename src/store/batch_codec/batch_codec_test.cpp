#include "store/batch_codec/batch_codec.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "store/batch_codec/event_fields.hpp"
#include "store/batch_codec/example_events.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Of the events as event_fields.hpp knows them.
constexpr std::size_t kDnsBytes = 176;
constexpr std::size_t kDhcpBytes = 336;
constexpr std::size_t kSightingBytes = 72;
constexpr std::size_t kEncryptedBytes = 72;
constexpr std::size_t kLeaseBytes = 96;
constexpr std::size_t kNeighbourBytes = 32;
constexpr std::size_t kAnomalyBytes = 72;

/// Every field as text, by the same walk that encodes: what it misses, nobody sends.
class FieldPrinter {
  public:
    explicit FieldPrinter(const ByteArena& arena) : arena_(arena) {}
    [[nodiscard]] static constexpr std::uint8_t version() noexcept { return kBatchVersion; }
    void time(Timestamp value) { add(std::to_string(value.nanos)); }
    void address(const IpAddress& value) { add(value.to_text()); }
    void mac(const MacAddress& value) { add(value.to_text()); }
    void fixed16(std::uint16_t value) { add(std::to_string(value)); }
    void number(std::uint64_t value) { add(std::to_string(value)); }
    void flag(bool value) { add(value ? "yes" : "no"); }
    template <typename Enum>
    void choice(Enum value, Enum) {
        add(std::to_string(static_cast<int>(value)));
    }
    void damage(wire::Damage value) {
        add(std::to_string(static_cast<int>(value.id)) + "@" + std::to_string(value.offset));
    }
    void slice(ByteSlice value) { add(std::string(arena_.text(value))); }
    std::string text;

  private:
    void add(const std::string& value) { text += value + "|"; }
    const ByteArena& arena_;
};

std::string print(const EventBatch& batch) {
    FieldPrinter printer(batch.bytes);
    for (const auto& e : batch.sightings)
        walk_sighting(printer, e);
    for (const auto& e : batch.encrypted)
        walk_encrypted(printer, e);
    for (const auto& e : batch.dns)
        walk_dns(printer, e);
    for (const auto& e : batch.dhcp)
        walk_dhcp(printer, e);
    for (const auto& e : batch.leases)
        walk_lease(printer, e);
    for (const auto& e : batch.neighbours)
        walk_neighbour(printer, e);
    for (const auto& e : batch.anomalies)
        walk_anomaly(printer, e);
    return printer.text + std::to_string(batch.watermark.nanos);
}

Bytes encoded(const EventBatch& batch) {
    Bytes bytes;
    encode_batch(batch, bytes);
    return bytes;
}

TEST(BatchCodec, WhatComesOutIsWhatWentIn) {
    const EventBatch batch = testing::example_batch();
    const Bytes bytes = encoded(batch);
    EventBatch back;
    const DecodeOutcome outcome = decode_batch(bytes, back);
    ASSERT_TRUE(outcome.ok);
    EXPECT_EQ(outcome.unknown_sections, 0U);
    EXPECT_EQ(back.size(), batch.size());
    EXPECT_EQ(back.sighted(), 3U);
    EXPECT_EQ(print(back), print(batch));
    EXPECT_EQ(encoded(back), bytes);
}

/// The walk could miss a field on both sides: whoever adds one meets its size here.
TEST(BatchCodec, NoFieldIsForgotten) {
    const char* const advice = "put the new field into event_fields.hpp and docs/formats/sensor.md";
    EXPECT_EQ(sizeof(DnsTransaction), kDnsBytes) << advice;
    EXPECT_EQ(sizeof(DhcpMessage), kDhcpBytes) << advice;
    EXPECT_EQ(sizeof(DnsSighting), kSightingBytes) << advice;
    EXPECT_EQ(sizeof(EncryptedSighting), kEncryptedBytes) << advice;
    EXPECT_EQ(sizeof(LeaseEvent), kLeaseBytes) << advice;
    EXPECT_EQ(sizeof(NeighbourEvent), kNeighbourBytes) << advice;
    EXPECT_EQ(sizeof(AnomalyEvent), kAnomalyBytes) << advice;
}

/// A sensor of version 1 sends DHCP messages without the subnet mask at their end.
TEST(BatchCodec, ABatchOfTheFirstVersionIsRead) {
    EventBatch batch;
    batch.dhcp.push_back(testing::example_dhcp(batch));
    batch.dhcp[0].subnet_mask = {};
    Bytes first = encoded(batch);
    first.pop_back();  // the mask: one byte, none
    const std::size_t length = 17 + 8;
    --first[length];
    EventBatch back;
    ASSERT_TRUE(decode_batch(first, back, 1).ok);
    EXPECT_EQ(print(back), print(batch));
    EventBatch never;
    EXPECT_FALSE(decode_batch(first, never, 2).ok);
    EXPECT_FALSE(decode_batch(encoded(batch), never, 1).ok);
}

TEST(BatchCodec, ExtremesOfNumbersAndTimes) {
    EventBatch batch;
    for (const std::int64_t nanos :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
          std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}}) {
        DnsTransaction& e = batch.dns.emplace_back();
        e.query_time = Timestamp{nanos};
        e.query_packet = std::numeric_limits<std::uint64_t>::max();
        e.query_bytes = std::numeric_limits<std::uint32_t>::max();
        e.vlan = 65'535;
    }
    EventBatch back;
    ASSERT_TRUE(decode_batch(encoded(batch), back).ok);
    EXPECT_EQ(print(back), print(batch));
}

TEST(BatchCodec, AnEmptyBatchIsOne) {
    EventBatch back;
    EXPECT_TRUE(decode_batch(encoded(EventBatch{}), back).ok);
    EXPECT_TRUE(back.empty());
    EXPECT_FALSE(back.watermark.known());
}

TEST(BatchCodec, EveryDamageEndsInAnOrderlyWay) {
    const Bytes bytes = encoded(testing::example_batch());
    std::size_t refused = 0;
    wire::for_each_damage(bytes, [&](ByteView damaged) {
        EventBatch back;
        const bool ok = decode_batch(damaged, back).ok;
        refused += ok ? 0 : 1;
        EXPECT_LE(back.bytes.size(), damaged.size());
        if (!ok) return;
        // What is accepted can be told again, and means the same.
        EventBatch again;
        ASSERT_TRUE(decode_batch(encoded(back), again).ok);
        EXPECT_EQ(print(again), print(back));
    });
    EXPECT_GT(refused, 0U);
}

TEST(BatchCodec, CountsAndLengthsThatLieAreRefused) {
    EventBatch batch;
    batch.neighbours.resize(2);
    const Bytes bytes = encoded(batch);
    const std::size_t section = 17;  // after the watermark
    for (const int step : {-1, 1}) {
        Bytes count = bytes;
        count[section + 4] = static_cast<std::uint8_t>(count[section + 4] + step);
        EventBatch back;
        EXPECT_FALSE(decode_batch(count, back).ok) << step;
        Bytes length = bytes;
        length[section + 8] = static_cast<std::uint8_t>(length[section + 8] + step);
        EXPECT_FALSE(decode_batch(length, back).ok) << step;
    }
    // A count of four thousand million events reserves nothing.
    Bytes many = bytes;
    many[section + 1] = 0xff;
    EventBatch back;
    EXPECT_FALSE(decode_batch(many, back).ok);
    EXPECT_LT(back.memory_bytes(), 4'096U);
}

TEST(BatchCodec, SectionsOfALaterProgramAreSkippedAndCounted) {
    Bytes bytes = encoded(testing::example_batch());
    const Bytes later{200, 0, 0, 0, 1, 0, 0, 0, 3, 'n', 'e', 'w'};
    bytes.insert(bytes.end(), later.begin(), later.end());
    EventBatch back;
    const DecodeOutcome outcome = decode_batch(bytes, back);
    EXPECT_TRUE(outcome.ok);
    EXPECT_EQ(outcome.unknown_sections, 1U);
    EXPECT_EQ(back.size(), testing::example_batch().size());
}

TEST(BatchZstd, RoundTripAndDamage) {
    const Bytes plain = encoded(testing::example_batch());
    BatchCompressor compressor;
    BatchDecompressor decompressor;
    Bytes packed;
    compressor.compress(plain, packed);
    Bytes back;
    const auto size = static_cast<std::uint32_t>(plain.size());
    ASSERT_TRUE(decompressor.decompress(packed, size, back));
    EXPECT_EQ(back, plain);
    for (const std::uint32_t wrong : {0U, 1U, size - 1, size + 1})
        EXPECT_FALSE(decompressor.decompress(packed, wrong, back)) << wrong;
    std::size_t accepted = 0;
    wire::for_each_damage(packed, [&](ByteView damaged) {
        Bytes out;
        accepted += decompressor.decompress(damaged, size, out) && out != plain ? 1 : 0;
    });
    EXPECT_EQ(accepted, 0U);  // the checksum sees every change
}

}  // namespace
}  // namespace vedette::store
