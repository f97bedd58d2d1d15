#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <map>

#include "model/filter_match.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

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

TEST_F(StoreTest, GivesBackWhatWasWritten) {
    testing::Traffic traffic;
    EventBatch batch;
    traffic.fill(batch, 500);
    write(batch);
    LogQuery query;
    query.newest_first = false;
    query.limit = 0;
    const std::vector<LogRow> rows = logs(query);
    ASSERT_EQ(rows.size(), 500U);
    std::map<std::int64_t, const DnsTransaction*> events;
    for (const DnsTransaction& event : batch.dns)
        events[event.time().nanos] = &event;
    std::int64_t before = INT64_MIN;
    for (const LogRow& row : rows) {
        EXPECT_LE(before, row.time.nanos);
        before = row.time.nanos;
        ASSERT_TRUE(events.contains(row.time.nanos));
        const DnsTransaction& event = *events[row.time.nanos];
        EXPECT_EQ(row.client, event.client);
        EXPECT_EQ(row.server, event.server);
        EXPECT_EQ(row.client_mac, event.client_mac);
        EXPECT_EQ(row.link_destination, event.link_destination);
        EXPECT_EQ(row.host, batch.bytes.text(event.client_host));
        EXPECT_EQ(row.client_port, event.client_port);
        EXPECT_EQ(row.server_port, event.server_port);
        EXPECT_EQ(row.id, event.id);
        EXPECT_EQ(row.qtype, event.qtype);
        EXPECT_EQ(row.kind, event.kind);
        EXPECT_EQ(row.protocol, event.protocol);
        EXPECT_EQ(row.has_response, event.has_response());
        EXPECT_EQ(row.query_bytes, event.query_bytes);
        EXPECT_EQ(row.response_bytes, event.response_bytes);
        EXPECT_EQ(row.rcode, event.rcode);
        EXPECT_EQ(row.marks, event.marks);
        EXPECT_EQ(row.latency.micros(), event.latency().micros());
        EXPECT_EQ(row.records.empty(), event.response_message.empty());
    }
}

}  // namespace
}  // namespace vedette::store
