#include "sys/file/append_file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vedette::sys {
namespace {

namespace fs = std::filesystem;

class AppendFileTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("vedette-append-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    static std::string content(const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    fs::path folder_;
};

TEST_F(AppendFileTest, GrowsAcrossReopening) {
    const std::string path = folder_ / "a.log";
    for (const char* line : {"one\n", "two\n"}) {
        auto file = AppendFile::open(path);
        ASSERT_TRUE(file);
        EXPECT_TRUE(file->append(line));
        EXPECT_TRUE(file->sync());
    }
    EXPECT_EQ(content(path), "one\ntwo\n");
}

TEST_F(AppendFileTest, AWriteThatDoesNotFitLeavesNoHalfLine) {
    const std::string path = folder_ / "a.log";
    auto file = AppendFile::open(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append("whole\n"));

    // A file-size limit stands in for the full disk: the kernel writes up to it, then refuses.
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit tight = before;
    tight.rlim_cur = 10;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const auto refused = file->append("too long for it\n");
    ::setrlimit(RLIMIT_FSIZE, &before);

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::NoSpace);
    EXPECT_EQ(content(path), "whole\n");
    EXPECT_TRUE(file->append("again\n"));
    EXPECT_EQ(content(path), "whole\nagain\n");
}

TEST_F(AppendFileTest, ErrorsNameThePath) {
    const auto missing = AppendFile::open(folder_ / "none" / "a.log");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    EXPECT_NE(missing.error().text.find("none/a.log"), std::string::npos);
}

TEST_F(AppendFileTest, LockRefusesASecondHolderAndNamesTheFirst) {
    const std::string path = folder_ / ".lock";
    {
        auto first = FileLock::acquire(path);
        ASSERT_TRUE(first);
        const auto second = FileLock::acquire(path);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::Busy);
        EXPECT_NE(second.error().text.find(std::to_string(::getpid())), std::string::npos);
    }
    EXPECT_TRUE(FileLock::acquire(path));
}

}  // namespace
}  // namespace vedette::sys
