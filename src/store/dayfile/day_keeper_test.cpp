#include "store/dayfile/day_keeper.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace vedette::store {
namespace {

namespace fs = std::filesystem;

class DayKeeperTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("vedette-keeper-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    std::set<std::string> names() {
        std::set<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder_)) {
            found.insert(entry.path().filename());
        }
        return found;
    }
    std::string decompressed(const std::string& name) {
        std::ifstream in(folder_ / name, std::ios::binary);
        const std::string packed{std::istreambuf_iterator<char>(in), {}};
        std::string text(1U << 20U, '\0');
        const std::size_t size =
            ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
        EXPECT_FALSE(ZSTD_isError(size));
        text.resize(size);
        return text;
    }
    KeeperReport keep(DayRetention retention = {}) {
        return keep_days(folder_, "2026-11-21", retention, naming_);
    }

    fs::path folder_;
    std::mutex naming_;
};

TEST_F(DayKeeperTest, CompressesPastDaysOnly) {
    write("dns-2026-11-20.jsonl", "{\"a\":1}\n");
    write("dns-2026-11-21.jsonl", "today\n");
    write("notes-by-hand.jsonl", "not ours\n");
    const KeeperReport report = keep();
    EXPECT_EQ(report.compressed, 1U);
    EXPECT_TRUE(report.errors.empty());
    EXPECT_EQ(names(), (std::set<std::string>{"dns-2026-11-20.jsonl.zst", "dns-2026-11-21.jsonl",
                                              "notes-by-hand.jsonl"}));
    EXPECT_EQ(decompressed("dns-2026-11-20.jsonl.zst"), "{\"a\":1}\n");
}

TEST_F(DayKeeperTest, LateEventsOfACompressedDayGetTheirOwnPart) {
    write("dns-2026-11-20.jsonl", "first\n");
    EXPECT_EQ(keep().compressed, 1U);
    write("dns-2026-11-20.jsonl", "late\n");
    EXPECT_EQ(keep().compressed, 1U);
    EXPECT_EQ(decompressed("dns-2026-11-20.jsonl.zst"), "first\n");
    EXPECT_EQ(decompressed("dns-2026-11-20.1.jsonl.zst"), "late\n");
}

TEST_F(DayKeeperTest, ACrashAfterTheRenameDoesNotDoubleTheDay) {
    write("dns-2026-11-20.jsonl", "once\n");
    EXPECT_EQ(keep().compressed, 1U);
    write("dns-2026-11-20.jsonl.closing", "once\n");  // as if remove() had not happened
    EXPECT_TRUE(keep().errors.empty());
    EXPECT_EQ(names(), (std::set<std::string>{"dns-2026-11-20.jsonl.zst"}));
}

TEST_F(DayKeeperTest, ACrashWhileCompressingLosesNothing) {
    write("dns-2026-11-20.jsonl.closing", "first\n");
    write("dns-2026-11-20.jsonl.zst.partial", "cut");
    write("dns-2026-11-20.jsonl", "second\n");
    EXPECT_EQ(keep().compressed, 2U);
    EXPECT_EQ(names(),
              (std::set<std::string>{"dns-2026-11-20.jsonl.zst", "dns-2026-11-20.1.jsonl.zst"}));
    const std::set<std::string> both{decompressed("dns-2026-11-20.jsonl.zst"),
                                     decompressed("dns-2026-11-20.1.jsonl.zst")};
    EXPECT_EQ(both, (std::set<std::string>{"first\n", "second\n"}));
}

TEST_F(DayKeeperTest, DeletesOldestDaysByAgeAndBySize) {
    for (const char* day : {"17", "18", "19", "20"}) {
        write(std::string("dns-2026-11-") + day + ".jsonl", "x\n");
        write(std::string("dhcp-2026-11-") + day + ".jsonl", "x\n");
    }
    write("dns-2026-11-21.jsonl", std::string(100'000, 'x'));
    EXPECT_EQ(keep({.max_days = 3, .max_bytes = 0}).deleted, 4U);
    EXPECT_EQ(names().count("dns-2026-11-18.jsonl.zst"), 0U);
    EXPECT_EQ(names().count("dns-2026-11-19.jsonl.zst"), 1U);
    // Even a limit that today alone exceeds leaves today.
    EXPECT_EQ(keep({.max_days = 0, .max_bytes = 1'000}).deleted, 4U);
    EXPECT_EQ(names(), (std::set<std::string>{"dns-2026-11-21.jsonl"}));
}

TEST_F(DayKeeperTest, WorksOnItsOwnThread) {
    write("dns-2026-11-20.jsonl", "x\n");
    DayKeeper keeper(folder_, {});
    keeper.request("2026-11-21");
    EXPECT_TRUE(keeper.drain().empty());
    EXPECT_EQ(names(), (std::set<std::string>{"dns-2026-11-20.jsonl.zst"}));
}

}  // namespace
}  // namespace vedette::store
