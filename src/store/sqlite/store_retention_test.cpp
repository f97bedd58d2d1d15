// What a store keeps when it may not keep everything: by age, by size, and what goes with the rows.
#include <gtest/gtest.h>

#include "store/sqlite/schema.hpp"
#include "store/sqlite/testing/store_test.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

class StoreRetentionTest : public testing::StoreTest {};

TEST_F(StoreRetentionTest, OldDaysAreDroppedWithEverythingThatWasTheirs) {
    SqliteWriterOptions options;
    options.path = path_;
    options.retention.max_age = Duration::seconds(5 * 86'400);
    testing::TrafficOptions traffic_options;
    traffic_options.start = 1'795'000'000LL * kNanosPerSecond - 40 * 86'400 * kNanosPerSecond;
    traffic_options.mean_gap = 60 * kNanosPerSecond;  // 1,440 a day
    traffic_options.names = 300;
    testing::Traffic traffic(traffic_options);
    {
        auto store = *open_sqlite_writer(options);
        EventBatch batch;
        for (int day = 0; day < 30; ++day) {
            for (int part = 0; part < 4; ++part) {
                batch.clear();
                traffic.fill(batch, 360);
                ASSERT_TRUE(store->append(batch));
                ASSERT_TRUE(store->flush());
            }
        }
    }
    const std::int64_t limit = traffic.now() - 7 * 86'400 * kNanosPerSecond;
    EXPECT_EQ(count("SELECT count(*) FROM dns WHERE time < " + std::to_string(limit)), 0);
    EXPECT_GT(count("SELECT count(*) FROM dns"), 4 * 1'440);
    EXPECT_LT(count("SELECT count(*) FROM dns"), 9 * 1'440);
    EXPECT_EQ(
        count("SELECT count(*) FROM postings WHERE id < (SELECT min(id) << 36 FROM segments)"), 0);
    expect_sound();
    // Names asked for only on dropped days are gone: one question in 66 has a name of its own.
    const std::int64_t own = count("SELECT count(*) FROM names WHERE name LIKE '%.track%'");
    const std::int64_t kept = count(
        "SELECT count(*) FROM names n WHERE name LIKE '%.track%' AND id "
        "IN (SELECT name FROM dns)");
    EXPECT_GT(kept, 50);
    EXPECT_LT(own, 3 * kept);
    LogQuery query;
    query.limit = 0;
    query.filter.terms.push_back(
        {FilterField::Client, FilterOperator::Equal, false, {traffic.client_mac(0)}});
    EXPECT_EQ(static_cast<std::int64_t>(logs(query).size()),
              count("SELECT count(*) FROM dns JOIN hosts h ON h.id = client WHERE mac = '" +
                    traffic.client_mac(0).to_text() + "'"));
}

TEST_F(StoreRetentionTest, TheFileStaysWithinItsSize) {
    SqliteWriterOptions options;
    options.path = path_;
    options.retention.max_bytes = 3U << 20U;
    testing::TrafficOptions traffic_options;
    traffic_options.start = 1'700'000'000LL * kNanosPerSecond;
    traffic_options.mean_gap = 30 * kNanosPerSecond;
    traffic_options.random_names = true;  // the dictionaries are most of the file
    testing::Traffic traffic(traffic_options);
    auto store = *open_sqlite_writer(options);
    EventBatch batch;
    for (int i = 0; i < 120; ++i) {
        batch.clear();
        traffic.fill(batch, 700);
        ASSERT_TRUE(store->append(batch));
        ASSERT_TRUE(store->flush());
    }
    EXPECT_EQ(store->statistics().not_stored, 0U);
    store.reset();
    // A day may be open and another on its way out.
    EXPECT_LT(std::filesystem::file_size(path_), 2U * (3U << 20U));
    EXPECT_GT(count("SELECT count(*) FROM dns"), 3'000);
    expect_sound();
}

// Every commit of a store that drops rows asks how many are left. Walking the table for it made a
// full store of half a gigabyte so slow that a name server's log fell behind without end.
TEST_F(StoreRetentionTest, CountingWhatIsLeftDoesNotWalkTheTable) {
    testing::Traffic traffic;
    EventBatch batch;
    traffic.fill(batch, 500);
    write(batch);
    EXPECT_EQ(count(kRowCountQuery), count("SELECT count(*) FROM dns"));
    Connection connection = *Connection::open(path_, OpenMode::ReadOnly);
    auto plan = *connection.prepare(std::string("EXPLAIN QUERY PLAN ") + kRowCountQuery);
    int steps = 0;
    while (*plan.step()) {
        ++steps;
        EXPECT_FALSE(plan.text(3).starts_with("SCAN dns")) << plan.text(3);
    }
    EXPECT_GT(steps, 1);
}

}  // namespace
}  // namespace vedette::store
