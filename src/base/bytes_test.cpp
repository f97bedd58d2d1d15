#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include "base/result.hpp"

namespace vedette {
namespace {

TEST(ByteArena, KeepsSlicesValidWhileItGrows) {
    ByteArena arena;
    const ByteSlice first = arena.append("client");
    for (int i = 0; i < 10'000; ++i)
        arena.append("padding");
    EXPECT_EQ(arena.text(first), "client");
    EXPECT_EQ(arena.size(), 6U + 70'000U);
}

TEST(ByteSlice, PartIsClippedToTheSlice) {
    const ByteSlice slice{10, 5};
    EXPECT_EQ(slice.part(2, 100).offset, 12U);
    EXPECT_EQ(slice.part(2, 100).length, 3U);
    EXPECT_EQ(slice.part(9, 1).length, 0U);
}

TEST(Error, GainsContextOnTheWayUp) {
    Result<int> inner = fail(ErrorKind::Permission, "Permission denied");
    Result<int> outer = fail(std::move(inner.error()), "cannot open /x.db");
    EXPECT_EQ(outer.error().text, "cannot open /x.db: Permission denied");
    EXPECT_EQ(outer.error().kind, ErrorKind::Permission);
}

}  // namespace
}  // namespace vedette
