// A store in a folder that goes with the test, for every test of this module.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_store.hpp"

namespace vedette::store::testing {

/// A folder that goes with the test.
class StoreTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() /
                  ("vedette-store-" + std::to_string(::getpid()) + "-" + info->name());
        std::filesystem::create_directories(folder_);
        path_ = (folder_ / "log.db").string();
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<EventWriter> writer() {
        auto opened = open_sqlite_writer({.path = path_});
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().text);
        return std::move(*opened);
    }
    std::unique_ptr<EventReader> reader() {
        auto opened = open_sqlite_reader(path_);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().text);
        return std::move(*opened);
    }
    void write(const EventBatch& batch) {
        auto store = writer();
        ASSERT_TRUE(store->append(batch));
        ASSERT_TRUE(store->flush());
    }
    std::vector<LogRow> logs(const LogQuery& query) {
        std::vector<LogRow> rows;
        const Result<void> done = reader()->logs(query, [&](const LogRow& row) {
            rows.push_back(row);
            return true;
        });
        EXPECT_TRUE(done) << (done ? "" : done.error().text);
        return rows;
    }

    std::filesystem::path folder_;
    std::string path_;
};

}  // namespace vedette::store::testing
