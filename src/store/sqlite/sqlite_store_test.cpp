#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <map>

#include "store/sqlite/sensor_streams.hpp"
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

TEST_F(StoreTest, RowsOfASensorCarryItsNameAndItsStreamMovesOn) {
    testing::Traffic traffic;
    EventBatch batch;
    traffic.fill(batch, 30);
    batch.origin = {"branch-1", "00ff", 7, 0};
    auto store = writer();
    ASSERT_TRUE(store->append(batch));
    batch.origin = {"branch-2", "00ff", 1, 0};
    ASSERT_TRUE(store->append(batch));
    batch.origin.clear();
    ASSERT_TRUE(store->append(batch));
    ASSERT_TRUE(store->flush());

    const auto streams = read_sensor_streams(path_);
    ASSERT_TRUE(streams) << streams.error().text;
    ASSERT_EQ(streams->size(), 2U);
    EXPECT_EQ(streams->at(0).sensor, "branch-1");
    EXPECT_EQ(streams->at(0).sequence, 7U);
    EXPECT_EQ(streams->at(0).events, 30U);

    // Also after the file was closed: the same machines are not told as new ones.
    store.reset();
    const auto hosts = count("SELECT count(*) FROM hosts");
    store = writer();
    batch.origin = {"branch-1", "00ff", 8, 0};
    ASSERT_TRUE(store->append(batch));
    ASSERT_TRUE(store->flush());
    EXPECT_EQ(count("SELECT count(*) FROM hosts"), hosts);
    EXPECT_EQ(read_sensor_streams(path_)->at(0).events, 60U);

    const auto rows_of = [&](const std::string& glob) {
        LogQuery query;
        query.limit = 0;
        query.filter.terms = {{.field = FilterField::Sensor,
                               .op = FilterOperator::Equal,
                               .negated = false,
                               .any_of = {glob}}};
        return logs(query);
    };
    EXPECT_EQ(rows_of("branch-*").size(), 90U);
    EXPECT_EQ(rows_of("branch-2").size(), 30U);
    EXPECT_EQ(rows_of("branch-2").front().sensor, "branch-2");
    EXPECT_EQ(rows_of("").size(), 30U);
}

TEST_F(StoreTest, TopListsCountEveryRowOnce) {
    testing::TrafficOptions options;
    options.mean_gap = 100 * kNanosPerSecond;  // several segments and a tail
    testing::Traffic traffic(options);
    EventBatch batch;
    traffic.fill(batch, 3'000);
    write(batch);
    for (const TopKind kind : {TopKind::Names, TopKind::Clients, TopKind::Vendors, TopKind::Types,
                               TopKind::Rcodes, TopKind::Resolvers}) {
        // With a filter that everything passes, rows are counted; without, posting lists may be.
        Filter all;
        all.terms.push_back({FilterField::Port, FilterOperator::Equal, true, {std::uint64_t{1}}});
        const auto counted = *reader()->top(kind, {}, 0);
        const auto scanned = *reader()->top(kind, all, 0);
        ASSERT_EQ(counted.size(), scanned.size());
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < counted.size(); ++i) {
            EXPECT_EQ(counted[i].key, scanned[i].key);
            EXPECT_EQ(counted[i].count, scanned[i].count);
            sum += counted[i].count;
        }
        const bool every_row = kind != TopKind::Rcodes && kind != TopKind::Vendors;
        EXPECT_LE(sum, 3'000U);
        EXPECT_TRUE(!every_row || sum == 3'000U);
    }
    EXPECT_EQ(reader()->top(TopKind::Names, {}, 5)->size(), 5U);
}

TEST_F(StoreTest, ClientsAreCounted) {
    testing::Traffic traffic;
    EventBatch batch;
    traffic.fill(batch, 2'000);
    write(batch);
    std::map<MacAddress, std::uint64_t> queries;
    for (const DnsTransaction& event : batch.dns)
        queries[event.client_mac] += event.has_query();
    const auto clients = *reader()->clients({});
    ASSERT_EQ(clients.size(), queries.size());
    for (const ClientRow& client : clients) {
        EXPECT_EQ(client.queries, queries[client.mac]);
        EXPECT_EQ(client.addresses.size(), 1U);
        EXPECT_LE(client.first_seen, client.last_seen);
    }
    Filter one;
    one.terms.push_back(
        {FilterField::Client, FilterOperator::Equal, false, {traffic.client_mac(1)}});
    ASSERT_EQ(reader()->clients(one)->size(), 1U);
    EXPECT_EQ(reader()->clients(one)->front().host, "host-1");
    // By what they asked for: counts are of the matching rows only.
    Filter texts;
    texts.terms.push_back({FilterField::Type, FilterOperator::Equal, false, {std::uint64_t{28}}});
    std::uint64_t sum = 0;
    const auto texts_clients = *reader()->clients(texts);
    for (const ClientRow& client : texts_clients)
        sum += client.queries;
    std::uint64_t wanted = 0;
    for (const DnsTransaction& event : batch.dns)
        wanted += event.has_query() && event.qtype == 28;
    EXPECT_EQ(sum, wanted);
}

TEST_F(StoreTest, LeasesKeepTheirLastState) {
    EventBatch batch;
    LeaseEvent lease;
    lease.time = lease.start = Timestamp::from_seconds(1'000);
    lease.end = Timestamp::from_seconds(4'600);
    lease.address = *IpAddress::parse("192.0.2.9");
    lease.server = *IpAddress::parse("192.0.2.1");
    lease.mac = *MacAddress::parse("f4:6b:ef:6a:ad:c4");
    lease.state = LeaseState::Bound;
    lease.host_name = batch.bytes.append("laptop");
    batch.leases.push_back(lease);
    lease.time = lease.end = Timestamp::from_seconds(2'000);
    lease.state = LeaseState::Released;
    lease.host_name = {};
    batch.leases.push_back(lease);
    write(batch);
    const auto leases = *reader()->leases({});
    ASSERT_EQ(leases.size(), 1U);
    EXPECT_EQ(leases[0].state, LeaseState::Released);
    EXPECT_EQ(leases[0].end, Timestamp::from_seconds(2'000));
    EXPECT_EQ(leases[0].host, "laptop");
    Filter other;
    other.terms.push_back(
        {FilterField::Ip, FilterOperator::Equal, false, {*Prefix::parse("198.51.100.0/24")}});
    EXPECT_TRUE(reader()->leases(other)->empty());
}

}  // namespace
}  // namespace vedette::store
