#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <map>

#include "store/sqlite/testing/store_test.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

using testing::StoreTest;

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
