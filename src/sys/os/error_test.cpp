#include "sys/os/error.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "sys/os/descriptor.hpp"

namespace vedette::sys {
namespace {

TEST(OsError, NamesWhatFailedAndItsCategory) {
    const Error denied = os_error(EACCES, "cannot open /x");
    EXPECT_EQ(denied.kind, ErrorKind::Permission);
    EXPECT_EQ(denied.text, "cannot open /x: Permission denied");
    EXPECT_EQ(os_error(ENOSPC, "write").kind, ErrorKind::NoSpace);
    EXPECT_EQ(os_error(ENOENT, "open").kind, ErrorKind::NotFound);
    EXPECT_EQ(os_error(EIO, "read").kind, ErrorKind::Failed);
}

TEST(Descriptor, ClosesOnceAndMoves) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Descriptor read_end(ends[0]);
    {
        Descriptor write_end(ends[1]);
        Descriptor moved(std::move(write_end));
        EXPECT_FALSE(write_end.open());  // NOLINT(bugprone-use-after-move): the point of the test
        EXPECT_TRUE(moved.open());
    }
    char byte = 0;
    EXPECT_EQ(::read(read_end.get(), &byte, 1), 0) << "the write end is closed";
}

}  // namespace
}  // namespace vedette::sys
