#include "store/dayfile/day_files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vedette::store {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNoon = 1'795'262'400;  // 2026-11-21T12:00:00Z
constexpr std::int64_t kDaySeconds = 86'400;

class DayFilesTest : public testing::Test {
  protected:
    void SetUp() override {
        ::setenv("TZ", "UTC0", 1);
        ::tzset();
        folder_ = fs::temp_directory_path() / ("vedette-days-" + std::to_string(::getpid()));
    }
    void TearDown() override {
        fs::remove_all(folder_);
        ::unsetenv("TZ");
        ::tzset();
    }
    DayFiles open() {
        auto files = DayFiles::open(folder_, {});
        EXPECT_TRUE(files) << files.error().text;
        return std::move(*files);
    }
    std::string content(const std::string& name) {
        std::ifstream in(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    // Lines of one day over its plain and compressed files.
    std::size_t lines_of_day(const std::string& day) {
        std::size_t lines = 0;
        for (const auto& entry : fs::directory_iterator(folder_)) {
            const std::string name = entry.path().filename();
            if (name.find(day) == std::string::npos) continue;
            std::string text = content(name);
            if (name.ends_with(".zst")) {
                std::string plain(1U << 16U, '\0');
                plain.resize(ZSTD_decompress(plain.data(), plain.size(), text.data(), text.size()));
                text = plain;
            }
            lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        }
        return lines;
    }

    fs::path folder_;
};

TEST_F(DayFilesTest, LinesGoToTheDayOfTheirEvent) {
    DayFiles files = open();
    files.write(DayKind::Dns, Timestamp::from_seconds(kNoon), "today\n");
    files.write(DayKind::Dns, Timestamp::from_seconds(kNoon + kDaySeconds), "tomorrow\n");
    files.write(DayKind::Dhcp, Timestamp::from_seconds(kNoon + kDaySeconds), "lease\n");
    EXPECT_TRUE(files.flush());
    EXPECT_TRUE(files.keeper_errors().empty());
    EXPECT_EQ(content("dns-2026-11-22.jsonl"), "tomorrow\n");
    EXPECT_EQ(content("dhcp-2026-11-22.jsonl"), "lease\n");
    EXPECT_EQ(files.lines_written(), 3U);
}

TEST_F(DayFilesTest, PastDaysAreCompressedWhenANewDayStarts) {
    {
        DayFiles files = open();
        files.write(DayKind::Dns, Timestamp::from_seconds(kNoon), "today\n");
    }
    DayFiles files = open();
    files.write(DayKind::Dns, Timestamp::from_seconds(kNoon + kDaySeconds), "tomorrow\n");
    EXPECT_TRUE(files.keeper_errors().empty());
    EXPECT_TRUE(fs::exists(folder_ / "dns-2026-11-21.jsonl.zst"));
    EXPECT_FALSE(fs::exists(folder_ / "dns-2026-11-21.jsonl"));
}

TEST_F(DayFilesTest, ManyInterleavedDaysLoseNothing) {
    DayFiles files = open();
    for (int round = 0; round < 20; ++round) {
        for (int day = 0; day < 9; ++day) {
            files.write(DayKind::Dns, Timestamp::from_seconds(kNoon - day * kDaySeconds), "x\n");
        }
    }
    EXPECT_TRUE(files.flush());
    EXPECT_EQ(files.lines_written(), 180U);
    EXPECT_EQ(files.lines_lost(), 0U);
    EXPECT_TRUE(files.keeper_errors().empty());
    EXPECT_EQ(content("dns-2026-11-21.jsonl").size(), 40U);
    EXPECT_EQ(lines_of_day("2026-11-15"), 20U);  // wherever the keeper put them
}

TEST_F(DayFilesTest, ASecondWriterIsRefused) {
    const DayFiles first = open();
    const auto second = DayFiles::open(folder_, {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Busy);
}

TEST_F(DayFilesTest, AFolderThatVanishesIsCountedNotFatal) {
    DayFiles files = open();
    fs::remove_all(folder_);
    files.write(DayKind::Dns, Timestamp::from_seconds(kNoon), "lost\n");
    const auto result = files.flush();
    ASSERT_FALSE(result);
    EXPECT_EQ(files.lines_lost(), 1U);
    fs::create_directories(folder_);
    files.write(DayKind::Dns, Timestamp::from_seconds(kNoon), "back\n");
    EXPECT_TRUE(files.flush());
    EXPECT_EQ(files.lines_written(), 1U);
}

}  // namespace
}  // namespace vedette::store
