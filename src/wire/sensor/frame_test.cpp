#include "wire/sensor/frame.hpp"

#include <gtest/gtest.h>

#include "wire/reader/battery.hpp"

namespace vedette::wire::sensor {
namespace {

FrameHeader batch_header() {
    return {.type = FrameType::Batch,
            .payload_bytes = 1'000,
            .batch_bytes = 4'000,
            .sequence = 0x0102030405060708,
            .time = Timestamp{-1}};
}

TEST(SensorFrame, AHeaderComesBackAsItWent) {
    const auto bytes = write_header(batch_header());
    const auto expected =
        from_hex("56445453 02 03 0000 000003e8 00000fa0 0102030405060708 ffffffffffffffff");
    EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), expected);
    const HeaderView view = inspect_header(bytes);
    ASSERT_TRUE(view.ok());
    EXPECT_EQ(view.header.type, FrameType::Batch);
    EXPECT_EQ(view.header.payload_bytes, 1'000U);
    EXPECT_EQ(view.header.batch_bytes, 4'000U);
    EXPECT_EQ(view.header.sequence, 0x0102030405060708U);
    EXPECT_EQ(view.header.time.nanos, -1);
}

TEST(SensorFrame, EveryDamageIsNamed) {
    const auto good = write_header(batch_header());
    const auto fault_of = [&](std::size_t at, std::uint8_t value) {
        auto bytes = good;
        bytes[at] = value;
        return inspect_header(bytes).fault;
    };
    EXPECT_EQ(fault_of(0, 'X'), FrameFault::NotOurs);
    EXPECT_EQ(fault_of(4, 0), FrameFault::Version);
    EXPECT_EQ(fault_of(4, 1), FrameFault::None);
    EXPECT_EQ(fault_of(4, 3), FrameFault::Version);
    EXPECT_EQ(fault_of(5, 0), FrameFault::Type);
    EXPECT_EQ(fault_of(5, 8), FrameFault::Type);
    EXPECT_EQ(fault_of(7, 1), FrameFault::Type);
    EXPECT_EQ(fault_of(5, 1), FrameFault::Size);  // a Hello has no batch bytes
    for_each_damage(good, [](ByteView bytes) {
        const HeaderView view = inspect_header(bytes);
        if (bytes.size() < kHeaderBytes) {
            EXPECT_EQ(view.fault, FrameFault::NotOurs);
        } else if (view.ok()) {
            EXPECT_LE(view.header.payload_bytes, kMaxPayload);
            EXPECT_LE(view.header.batch_bytes, kMaxBatch);
            EXPECT_EQ(write_header(view.header).size(), bytes.size());
        }
    });
}

TEST(SensorFrame, AHeaderIsWrittenInAnyVersion) {
    FrameHeader header{.type = FrameType::Refusal, .version = 9};
    const HeaderView view = inspect_header(write_header(header));
    EXPECT_EQ(view.fault, FrameFault::Version);
    EXPECT_EQ(view.header.version, 9);  // whoever refuses it says so in this version
    header.version = kOldestVersion;
    EXPECT_TRUE(inspect_header(write_header(header)).ok());
}

TEST(SensorFrame, LimitsHoldToTheByte) {
    FrameHeader header = batch_header();
    const auto ok = [&] { return inspect_header(write_header(header)).ok(); };
    for (const std::uint32_t bytes : {1U, kMaxPayload - 1, kMaxPayload}) {
        header.payload_bytes = bytes;
        EXPECT_TRUE(ok()) << bytes;
    }
    for (const std::uint32_t bytes : {0U, kMaxPayload + 1}) {
        header.payload_bytes = bytes;
        EXPECT_FALSE(ok()) << bytes;
    }
    header = batch_header();
    for (const std::uint32_t bytes : {0U, kMaxBatch + 1}) {
        header.batch_bytes = bytes;
        EXPECT_FALSE(ok()) << bytes;
    }
    header = {.type = FrameType::Hello, .payload_bytes = kMaxControl};
    EXPECT_TRUE(ok());
    ++header.payload_bytes;
    EXPECT_FALSE(ok());
}

TEST(SensorFrame, HelloAndStatusComeBack) {
    const std::array<std::uint8_t, kStreamIdBytes> stream{1, 2, 3};
    std::array<std::uint8_t, kMaxControl> buffer{};
    const ByteView hello = write_hello({stream, "sensor-1", "secret", "0.1"}, buffer);
    const auto read = inspect_hello(hello);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, "sensor-1");
    EXPECT_EQ(read->token, "secret");
    EXPECT_EQ(read->version, "0.1");
    EXPECT_EQ(read->stream.size(), kStreamIdBytes);
    for_each_damage(hello, [](ByteView bytes) {
        const auto view = inspect_hello(bytes);
        if (!view) return;
        for (const std::string_view text : {view->name, view->token, view->version})
            EXPECT_TRUE(lies_within(as_bytes(text), bytes));
    });
    EXPECT_TRUE(write_hello({stream, std::string(5'000, 'x'), "", ""}, buffer).empty());

    const auto status = write_status({1, 2, 3, 4});
    EXPECT_EQ(inspect_status(status)->spooled_bytes, 4U);
    for_each_prefix(status, [&](ByteView bytes) {
        EXPECT_EQ(inspect_status(bytes).has_value(), bytes.size() == kStatusBytes);
    });
}

}  // namespace
}  // namespace vedette::wire::sensor
