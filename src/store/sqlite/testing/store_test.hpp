// A store in a folder that goes with the test, for every test of this module.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite/connection.hpp"
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

    std::int64_t count(const std::string& sql) {
        Connection connection = *Connection::open(path_, OpenMode::ReadOnly);
        const auto value = connection.query_integer(sql);
        EXPECT_TRUE(value) << sql << (value ? "" : value.error().text);
        return value.value_or(-1);
    }
    void expect_sound() {
        Connection connection = *Connection::open(path_, OpenMode::ReadOnly);
        EXPECT_EQ(*connection.query_text("PRAGMA integrity_check"), "ok");
        // No row leans on a dictionary entry that is not there.
        EXPECT_EQ(count("SELECT count(*) FROM dns d LEFT JOIN names n ON n.id = d.name LEFT JOIN "
                        "hosts h ON h.id = d.client LEFT JOIN forms f ON f.id = d.form WHERE "
                        "(d.name IS NOT NULL AND n.id IS NULL) OR h.id IS NULL OR f.id IS NULL"),
                  0);
        EXPECT_EQ(count("SELECT count(*) FROM dns d LEFT JOIN answers a ON a.id = d.answers WHERE "
                        "d.answers IS NOT NULL AND a.id IS NULL"),
                  0);
        EXPECT_EQ(count("SELECT count(*) FROM answers a, json_each(a.answer) j LEFT JOIN records r "
                        "ON r.id = j.value WHERE r.id IS NULL"),
                  0);
        EXPECT_EQ(count("SELECT count(*) FROM (SELECT name FROM names GROUP BY name HAVING "
                        "count(*) > 1)"),
                  0);
        EXPECT_EQ(count("SELECT count(*) FROM (SELECT text FROM rdata GROUP BY text HAVING "
                        "count(*) > 1)"),
                  0);
    }

    std::filesystem::path folder_;
    std::string path_;
};

}  // namespace vedette::store::testing
