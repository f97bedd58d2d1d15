#include "sys/capture/pcapng_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "sys/capture/capture_bytes.hpp"

namespace vedette::sys {
namespace {

struct Parsed {
    ParseStep step;
    PacketBatch batch;
    std::vector<std::string> contents;
    InterfaceTable interfaces;
    std::uint64_t skipped = 0;
};

Parsed parse(ByteView file) {
    Parsed parsed;
    PcapngParser parser(parsed.interfaces);
    auto copy = std::make_unique<std::uint8_t[]>(file.size());
    std::ranges::copy(file, copy.get());
    parsed.step = parser.parse({copy.get(), file.size()}, parsed.batch);
    parsed.skipped = parser.skipped_packets();
    for (const PacketRecord& packet : parsed.batch.packets) {
        EXPECT_GE(packet.data, copy.get());
        EXPECT_LE(packet.data + packet.captured, copy.get() + file.size());
        EXPECT_GE(packet.time.nanos, 0);
        EXPECT_LE(packet.time.nanos, kMaxTimeNanos);
        parsed.contents.emplace_back(as_text(packet.bytes()));
    }
    return parsed;
}

CaptureBytes options(const CaptureBytes& order, std::string_view name, std::uint8_t resolution,
                     std::int64_t offset) {
    CaptureBytes list = order.body();
    list.u16(2).u16(static_cast<std::uint16_t>(name.size())).text(name).pad();
    list.u16(9).u16(1).u8(resolution).pad();
    list.u16(14).u16(8).u64(static_cast<std::uint64_t>(offset));
    return list.u16(0).u16(0);
}

class PcapngByteOrder : public testing::TestWithParam<bool> {};

TEST_P(PcapngByteOrder, SeveralInterfacesWithTheirOwnLinkAndClock) {
    CaptureBytes file(GetParam());
    file.section();
    file.interface(1, options(file, "eth0", 9, 0));
    file.interface(101, options(file, "tun0", 0x80 | 10, 100));
    file.enhanced(0, 1'700'000'000'000'000'123, "one");
    file.enhanced(1, 1'024 * 5 + 512, "four");
    const Parsed parsed = parse(file.view());
    ASSERT_EQ(parsed.contents, (std::vector<std::string>{"one", "four"}));
    EXPECT_EQ(parsed.batch.packets[0].time.nanos, 1'700'000'000'000'000'123);
    EXPECT_EQ(parsed.batch.packets[1].time.nanos, 105'500'000'000);
    EXPECT_EQ(parsed.batch.packets[0].link_type, 1U);
    EXPECT_EQ(parsed.batch.packets[1].link_type, 101U);
    ASSERT_EQ(parsed.interfaces.list().size(), 2U);
    EXPECT_EQ(parsed.interfaces.list()[1].name, "tun0");
    EXPECT_EQ(parsed.step.consumed, file.view().size());
}

INSTANTIATE_TEST_SUITE_P(Both, PcapngByteOrder, testing::Bool());

TEST(PcapngParser, SectionsChangeByteOrderAndForgetInterfaces) {
    CaptureBytes little(false);
    little.section().interface(1).enhanced(0, 1, "little");
    CaptureBytes big(true);
    big.section().enhanced(0, 1, "no such interface").interface(113).enhanced(0, 2, "big");
    std::vector<std::uint8_t> file(little.view().begin(), little.view().end());
    file.insert(file.end(), big.view().begin(), big.view().end());
    const Parsed parsed = parse(file);
    EXPECT_EQ(parsed.contents, (std::vector<std::string>{"little", "big"}));
    EXPECT_EQ(parsed.batch.packets[1].link_type, 113U);
    EXPECT_EQ(parsed.skipped, 1U);
}

TEST(PcapngParser, SimpleAndObsoletePacketBlocks) {
    CaptureBytes file;
    file.section().interface(1, file.body(), 4);
    file.enhanced(0, 5'000'000, "timed");
    file.block(3, file.body().u32(9).text("cutt"));
    file.block(2, file.body().u16(0).u16(3).u32(0).u32(6'000'000).u32(3).u32(60).text("old"));
    const Parsed parsed = parse(file.view());
    ASSERT_EQ(parsed.contents, (std::vector<std::string>{"timed", "cutt", "old"}));
    EXPECT_EQ(parsed.batch.packets[1].original, 9U);
    EXPECT_EQ(parsed.batch.packets[1].time.nanos, 5'000'000'000) << "the last time seen";
    EXPECT_EQ(parsed.batch.packets[2].time.nanos, 6'000'000'000);
    EXPECT_EQ(parsed.batch.packets[2].original, 60U);
}

TEST(PcapngParser, OtherBlocksAreSkippedEvenWhenNotAllHere) {
    CaptureBytes file;
    file.section();
    file.block(4, file.body().u32(0)).block(5, file.body().u32(0).u64(0));
    file.block(0x00000bad, file.body().u32(1).text("custom"));
    file.u32(0x40000bad).u32(1U << 30U).u32(0);
    const Parsed parsed = parse(file.view());
    EXPECT_EQ(parsed.step.status, ParseStatus::NeedMore);
    EXPECT_GT(parsed.step.consumed, std::uint64_t{1} << 30U);
}

TEST(PcapngParser, DamagedFrames) {
    const auto problem_of = [](std::uint32_t type, std::uint32_t length) {
        CaptureBytes file;
        file.section().interface(1).enhanced(0, 1, "good").u32(type).u32(length).u32(0).u32(0);
        const Parsed parsed = parse(file.view());
        EXPECT_EQ(parsed.contents.size(), 1U);
        EXPECT_EQ(parsed.step.status, ParseStatus::Damaged);
        return parsed.step.problem;
    };
    EXPECT_EQ(problem_of(6, 8), "a block of type 6 claims 8 bytes");
    EXPECT_EQ(problem_of(6, 17), "a block of type 6 claims 17 bytes");
    EXPECT_EQ(problem_of(6, 0xfffffffc), "a block of type 6 claims 4294967292 bytes");
    EXPECT_EQ(problem_of(6, 16), "a block ends with another length than it begins with");
}

TEST(PcapngParser, FirstBlockMustBeASection) {
    CaptureBytes file;
    file.interface(1);
    EXPECT_EQ(parse(file.view()).step.problem, "the first block is not a section header");
    CaptureBytes future;
    future.block(0x0a0d0d0a, future.body().u32(0x1a2b3c4d).u16(2).u16(0).u64(0));
    EXPECT_EQ(parse(future.view()).step.problem, "a section is of an unknown pcapng version");
}

CaptureBytes sample() {
    CaptureBytes file;
    file.section().interface(1, options(file, "eth0", 9, -3)).enhanced(0, 4'000'000'000, "one");
    file.block(3, file.body().u32(3).text("two")).block(5, file.body().u32(0).u64(0));
    file.block(2, file.body().u16(0).u16(0).u32(0).u32(9).u32(5).u32(5).text("three"));
    return file;
}

TEST(PcapngParser, EveryPrefixIsAPrefixOfThePackets) {
    const CaptureBytes file = sample();
    const std::vector<std::string> all = parse(file.view()).contents;
    ASSERT_EQ(all.size(), 3U);
    for (std::size_t cut = 0; cut < file.view().size(); ++cut) {
        const Parsed parsed = parse(file.view().first(cut));
        EXPECT_EQ(parsed.step.status, ParseStatus::NeedMore) << cut;
        EXPECT_TRUE(std::ranges::equal(
            parsed.contents, std::span(all).first(std::min(all.size(), parsed.contents.size()))));
    }
}

TEST(PcapngParser, EveryChangedByteStaysInTheWindow) {
    const CaptureBytes file = sample();
    for (std::size_t i = 0; i < file.view().size(); ++i) {
        for (unsigned value = 0; value < 256; ++value) {
            std::vector<std::uint8_t> changed(file.view().begin(), file.view().end());
            changed[i] = static_cast<std::uint8_t>(value);
            EXPECT_LE(parse(changed).contents.size(), 4U);  // statistics can become a packet
        }
    }
}

TEST(PcapngClock, ResolutionsAndExtremes) {
    const auto nanos = [](std::uint8_t resolution, std::int64_t offset, std::uint64_t units) {
        return PcapngClock{resolution, offset}.time_of(units).nanos;
    };
    EXPECT_EQ(nanos(6, 0, 1), 1'000);
    EXPECT_EQ(nanos(0, 0, 7), 7'000'000'000);
    EXPECT_EQ(nanos(12, 0, 1'999), 1);
    EXPECT_EQ(nanos(127, 0, ~std::uint64_t{0}), 0);
    EXPECT_EQ(nanos(0x80, 0, 2), 2'000'000'000);
    EXPECT_EQ(nanos(0x80 | 64, 0, std::uint64_t{1} << 63U), 500'000'000);
    EXPECT_EQ(nanos(0xff, 0, ~std::uint64_t{0}), 0);
    EXPECT_EQ(nanos(0, 0, ~std::uint64_t{0}), kMaxTimeNanos);
    EXPECT_EQ(nanos(6, INT64_MIN, 5), 0);
    EXPECT_EQ(nanos(0, INT64_MAX, 5), kMaxTimeNanos);
    EXPECT_EQ(nanos(6, -1, 1'500'000), 500'000'000);
}

}  // namespace
}  // namespace vedette::sys
