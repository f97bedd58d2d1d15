#include "wire/reader/reader.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vedette::wire {
namespace {

constexpr std::array<std::uint8_t, 8> kBytes{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};

TEST(Reader, ReadsBigAndLittleEndian) {
    Reader reader{ByteView(kBytes)};
    EXPECT_EQ(reader.u16(), 0x0102U);
    EXPECT_EQ(reader.u32_le(), 0x06050403U);
    EXPECT_EQ(reader.u8(), 0x07U);
    EXPECT_EQ(reader.remaining(), 1U);
    EXPECT_TRUE(reader.ok());
}

TEST(Reader, FailureIsStickyAndKeepsTheFirstOffset) {
    Reader reader{ByteView(kBytes)};
    reader.skip(6);
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.failure_offset(), 6U);
    EXPECT_EQ(reader.u8(), 0U);
    EXPECT_EQ(reader.remaining(), 0U);
    EXPECT_TRUE(reader.rest().empty());
    EXPECT_EQ(reader.failure_offset(), 6U);
}

TEST(Reader, EveryLengthAroundTheEnd) {
    for (std::size_t length = 0; length <= kBytes.size() + 1; ++length) {
        Reader reader{ByteView(kBytes)};
        EXPECT_EQ(reader.bytes(length).size(), length <= kBytes.size() ? length : 0U);
        EXPECT_EQ(reader.ok(), length <= kBytes.size());
    }
}

TEST(Reader, HugeCountCannotWrap) {
    Reader reader{ByteView(kBytes)};
    reader.skip(4);
    reader.skip(SIZE_MAX - 2);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.failure_offset(), 4U);
}

TEST(Reader, ChildCannotSeeItsNeighbours) {
    Reader reader{ByteView(kBytes)};
    Reader child = reader.child(2);
    EXPECT_EQ(child.u16(), 0x0102U);
    EXPECT_EQ(child.u8(), 0U);
    EXPECT_FALSE(child.ok());
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.u8(), 0x03U);
    EXPECT_FALSE(reader.child(6).ok());
    EXPECT_FALSE(reader.ok());
}

TEST(Reader, WorksInConstantExpressions) {
    constexpr std::uint64_t value = [] {
        Reader reader{ByteView(kBytes)};
        return reader.u64();
    }();
    static_assert(value == 0x0102030405060708U);
}

}  // namespace
}  // namespace vedette::wire
