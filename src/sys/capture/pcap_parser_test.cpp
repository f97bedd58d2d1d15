#include "sys/capture/pcap_parser.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/pcapng_time.hpp"

namespace vedette::sys {
namespace {

struct Parsed {
    ParseStep step;
    PacketBatch batch;
    InterfaceTable interfaces;
};

/// Parses a whole file in an exact-size heap copy, so that AddressSanitizer sees a read past the
/// end.
Parsed parse(ByteView file) {
    Parsed parsed;
    Result<PcapParser> parser =
        PcapParser::make(file.first(PcapParser::kFileHeaderBytes), parsed.interfaces);
    EXPECT_TRUE(parser.has_value());
    const ByteView records = file.subspan(PcapParser::kFileHeaderBytes);
    auto copy = std::make_unique<std::uint8_t[]>(records.size());
    std::ranges::copy(records, copy.get());
    parsed.step = parser->parse({copy.get(), records.size()}, parsed.batch);
    for (const PacketRecord& packet : parsed.batch.packets) {
        EXPECT_GE(packet.data, copy.get());
        EXPECT_LE(packet.data + packet.captured, copy.get() + records.size());
    }
    return parsed;
}

struct Variant {
    std::uint32_t magic;
    bool big_endian;
    std::int64_t expected_nanos;
};

class PcapVariants : public testing::TestWithParam<Variant> {};

TEST_P(PcapVariants, ReadsTimesLengthsAndBytes) {
    CaptureBytes file(GetParam().big_endian);
    file.pcap_header(GetParam().magic, 113).pcap_record(1'700'000'000, 7, "hello");
    const Parsed parsed = parse(file.view());
    ASSERT_EQ(parsed.batch.packets.size(), 1U);
    const PacketRecord& packet = parsed.batch.packets.front();
    EXPECT_EQ(packet.time.nanos, GetParam().expected_nanos);
    EXPECT_EQ(packet.captured, 5U);
    EXPECT_EQ(packet.original, 5U);
    EXPECT_EQ(packet.link_type, 113U);
    EXPECT_EQ(parsed.step.consumed, 21U);
    EXPECT_EQ(parsed.step.status, ParseStatus::NeedMore);
}

INSTANTIATE_TEST_SUITE_P(All, PcapVariants,
                         testing::Values(Variant{0xa1b2c3d4, false, 1'700'000'000'000'007'000},
                                         Variant{0xa1b2c3d4, true, 1'700'000'000'000'007'000},
                                         Variant{0xa1b23c4d, false, 1'700'000'000'000'000'007},
                                         Variant{0xa1b23c4d, true, 1'700'000'000'000'000'007}));

TEST(PcapParser, KuznetzovRecordsHaveEightMoreHeaderBytes) {
    CaptureBytes file;
    file.pcap_header(0xa1b2cd34);
    file.u32(1).u32(2).u32(3).u32(60).u32(7).u16(0x800).u8(0).u8(0).text("abc");
    const Parsed parsed = parse(file.view());
    ASSERT_EQ(parsed.batch.packets.size(), 1U);
    EXPECT_EQ(as_text(ByteView(file.view()).last(3)), "abc");
    EXPECT_EQ(parsed.batch.packets.front().original, 60U);
    EXPECT_EQ(parsed.batch.packets.front().captured, 3U);
}

TEST(PcapParser, OldVersionsSwapTheLengths) {
    for (const std::uint16_t minor : {std::uint16_t{2}, std::uint16_t{3}}) {
        CaptureBytes file;
        file.pcap_header(0xa1b2c3d4, 1, minor).u32(1).u32(2).u32(60).u32(3).text("abc");
        const Parsed parsed = parse(file.view());
        ASSERT_EQ(parsed.batch.packets.size(), 1U) << minor;
        EXPECT_EQ(parsed.batch.packets.front().captured, 3U) << minor;
        EXPECT_EQ(parsed.batch.packets.front().original, 60U) << minor;
    }
}

TEST(PcapParser, SecondsAreUnsigned) {
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4).pcap_record(0xffffffff, 999'999, "x");
    EXPECT_EQ(parse(file.view()).batch.packets.front().time.whole_seconds(), 4'294'967'295);
    EXPECT_LT(parse(file.view()).batch.packets.front().time.nanos, kMaxTimeNanos);
}

TEST(PcapParser, RefusesAnUnknownVersion) {
    CaptureBytes file;
    file.u32(0xa1b2c3d4).u16(7).u16(1).u32(0).u32(0).u32(0).u32(1);
    InterfaceTable interfaces;
    const Result<PcapParser> parser = PcapParser::make(file.view(), interfaces);
    ASSERT_FALSE(parser.has_value());
    EXPECT_EQ(parser.error().text, "pcap version 7.1 is not known; 2.4 is");
}

TEST(PcapParser, EveryPrefixGivesWholePacketsOnly) {
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4).pcap_record(1, 0, "first").pcap_record(2, 0, "second");
    for (std::size_t cut = PcapParser::kFileHeaderBytes; cut < file.view().size(); ++cut) {
        const Parsed parsed = parse(file.view().first(cut));
        EXPECT_EQ(parsed.batch.packets.size(), cut < 24 + 21 ? 0U : 1U) << cut;
        EXPECT_EQ(parsed.step.status, ParseStatus::NeedMore);
        EXPECT_GT(parsed.step.consumed + parsed.step.need, cut - 24) << "must ask for more";
    }
}

TEST(PcapParser, EveryChangedByteStaysInTheWindow) {
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4).pcap_record(1, 0, "first").pcap_record(2, 0, "second");
    for (std::size_t i = PcapParser::kFileHeaderBytes; i < file.view().size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            std::vector<std::uint8_t> changed(file.view().begin(), file.view().end());
            changed[i] = static_cast<std::uint8_t>(value);
            EXPECT_LE(parse(changed).batch.packets.size(), 2U);
        }
    }
}

TEST(PcapParser, ClaimedLengthIsLimited) {
    for (const std::uint32_t length : {kMaxRecordBytes, kMaxRecordBytes + 1, 0xffffffffU}) {
        CaptureBytes file;
        file.pcap_header(0xa1b2c3d4).u32(1).u32(0).u32(length).u32(length);
        const Parsed parsed = parse(file.view());
        EXPECT_EQ(parsed.step.status == ParseStatus::Damaged, length > kMaxRecordBytes) << length;
    }
}

TEST(PcapParser, BatchIsBounded) {
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4);
    for (std::size_t i = 0; i < kBatchPackets + 3; ++i)
        file.pcap_record(1, 0, "x");
    const Parsed parsed = parse(file.view());
    EXPECT_EQ(parsed.batch.packets.size(), kBatchPackets);
    EXPECT_EQ(parsed.step.status, ParseStatus::BatchFull);
    EXPECT_EQ(parsed.step.consumed, kBatchPackets * 17);
}

}  // namespace
}  // namespace vedette::sys
