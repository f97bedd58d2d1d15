// What must hold when things go wrong: a killed writer, a full disk, a second writer, an old file,
// a foreign file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <deque>
#include <fstream>
#include <random>
#include <thread>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/testing/store_test.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

using ::testing::HasSubstr;
using testing::StoreTest;

class StoreSafetyTest : public StoreTest {};

/// Appends small batches for ever and tells, through the pipe, how many events were appended more
/// than a second ago.
[[noreturn]] void write_until_killed(const std::string& path, std::uint64_t seed, int pipe) {
    auto writer = open_sqlite_writer({.path = path});
    if (!writer) ::_exit(1);
    testing::TrafficOptions options;
    options.seed = seed;
    testing::Traffic traffic(options);
    using Clock = std::chrono::steady_clock;
    std::deque<std::pair<Clock::time_point, std::uint64_t>> appended;
    EventBatch batch;
    for (std::uint64_t total = 50;; total += 50) {
        batch.clear();
        traffic.fill(batch, 50);
        if (!(*writer)->append(batch)) ::_exit(2);
        const Clock::time_point now = Clock::now();
        appended.emplace_back(now, total);
        std::uint64_t safe = 0;
        while (!appended.empty() && now - appended.front().first > std::chrono::seconds(1)) {
            safe = appended.front().second;
            appended.pop_front();
        }
        if (safe != 0 && ::write(pipe, &safe, sizeof safe) != sizeof safe) ::_exit(3);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

TEST_F(StoreSafetyTest, AKilledWriterLosesAtMostTheLastSecond) {
    std::mt19937 random(3);
    std::uint64_t safe_before = 0;
    for (std::uint64_t round = 0; round < 5; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::close(pipe[0]);
            write_until_killed(path_, round + 1, pipe[1]);
        }
        ::close(pipe[1]);
        std::this_thread::sleep_for(std::chrono::milliseconds(1'300 + random() % 700));
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
        std::uint64_t safe = 0;
        std::uint64_t told = 0;
        while (::read(pipe[0], &told, sizeof told) == sizeof told)
            safe = told;
        ::close(pipe[0]);
        const auto stored = static_cast<std::uint64_t>(count("SELECT count(*) FROM dns"));
        EXPECT_GE(stored, safe_before + safe) << "round " << round;
        expect_sound();
        safe_before = stored;
    }
    EXPECT_GT(safe_before, 1'000U);
    // The next writer goes on, and what was there is still found.
    auto store = writer();
    ASSERT_TRUE(store->flush());
    LogQuery all;
    all.limit = 0;
    EXPECT_EQ(logs(all).size(), safe_before);
}

TEST_F(StoreSafetyTest, AFullDiskStopsWritingIsCountedAndResumes) {
    SqliteWriterOptions options;
    options.path = path_;
    options.hard_limit_bytes = 1U << 20U;  // SQLite meets its limit as it meets a full disk
    options.retry_every = Duration::millis(1);
    testing::Traffic traffic;
    std::uint64_t appended = 0;
    WriterStatistics full;
    {
        auto store = *open_sqlite_writer(options);
        EventBatch batch;
        for (int i = 0; i < 400 && !store->degraded(); ++i) {
            batch.clear();
            traffic.fill(batch, 500);
            ASSERT_TRUE(store->append(batch));
            ASSERT_TRUE(store->flush());
            appended += 500;
        }
        ASSERT_TRUE(store->degraded());
        batch.clear();
        traffic.fill(batch, 500);
        ASSERT_TRUE(store->append(batch));  // not an error: capture goes on
        appended += 500;
        ASSERT_TRUE(store->flush());
        full = store->statistics();
        EXPECT_GT(full.not_stored, 0U);
        EXPECT_EQ(full.transactions + full.not_stored, appended);
    }
    expect_sound();
    EXPECT_EQ(count("SELECT count(*) FROM dns"), static_cast<std::int64_t>(full.transactions));
}

TEST_F(StoreSafetyTest, WritingResumesInTheSameRunWhenThereIsRoom) {
    SqliteWriterOptions options;
    options.path = path_;
    options.hard_limit_bytes = 1U << 20U;
    options.retry_every = Duration::millis(1);
    auto store = *open_sqlite_writer(options);
    testing::Traffic traffic;
    EventBatch batch;
    std::uint64_t appended = 0;
    while (!store->degraded()) {
        batch.clear();
        traffic.fill(batch, 500);
        ASSERT_TRUE(store->append(batch));
        ASSERT_TRUE(store->flush());
        appended += 500;
    }
    // Somebody makes room, as an administrator would.
    {
        Connection other = *Connection::open(path_, OpenMode::ReadWrite);
        ASSERT_TRUE(other.execute("DELETE FROM dns WHERE id <= 2000"));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    batch.clear();
    traffic.fill(batch, 500);
    ASSERT_TRUE(store->append(batch));
    ASSERT_TRUE(store->flush());
    appended += 500;
    EXPECT_FALSE(store->degraded());
    const WriterStatistics statistics = store->statistics();
    EXPECT_EQ(statistics.transactions + statistics.not_stored, appended);
    store.reset();
    EXPECT_EQ(count("SELECT count(*) FROM dns"),
              static_cast<std::int64_t>(statistics.transactions) - 2'000);
    EXPECT_EQ(reader()->statistics()->not_stored, statistics.not_stored);
    expect_sound();
}

TEST_F(StoreSafetyTest, ASecondWriterIsToldWhoHoldsTheStore) {
    const auto first = writer();
    const auto second = open_sqlite_writer({.path = path_});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Busy);
    EXPECT_THAT(second.error().text, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(second.error().text, HasSubstr(path_));
}

TEST_F(StoreSafetyTest, ReadersSeeCommittedRowsWhileAWriterWrites) {
    const auto store = writer();
    const auto open_reader = reader();
    testing::Traffic traffic;
    std::uint64_t before = 0;
    for (int round = 1; round <= 5; ++round) {
        EventBatch batch;
        traffic.fill(batch, 300);
        ASSERT_TRUE(store->append(batch));
        ASSERT_TRUE(store->flush());
        LogQuery all;
        all.limit = 0;
        std::uint64_t seen = 0;
        ASSERT_TRUE(open_reader->logs(all, [&](const LogRow&) {
            ++seen;
            return true;
        }));
        EXPECT_EQ(seen, before + 300);
        before = seen;
    }
}

TEST_F(StoreSafetyTest, AppendedRowsBecomeVisibleWithoutAnotherCall) {
    const auto store = writer();
    testing::Traffic traffic;
    EventBatch batch;
    traffic.fill(batch, 10);
    ASSERT_TRUE(store->append(batch));
    for (int i = 0; i < 1'000 && store->statistics().transactions == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(count("SELECT count(*) FROM dns"), 10);
}

TEST_F(StoreSafetyTest, AnOlderFileIsUpgradedAndIndexed) {
    // A store of schema 1 is one of today without what the later steps add.
    testing::Traffic traffic;
    EventBatch batch;
    traffic.fill(batch, 2'000);
    write(batch);
    {
        Connection old = *Connection::open(path_, OpenMode::ReadWrite);
        ASSERT_TRUE(
            old.execute("DROP VIEW logs; DROP TABLE segments; DROP TABLE postings; "
                        "ALTER TABLE hosts DROP COLUMN sensor; "
                        "ALTER TABLE dhcp DROP COLUMN sensor; "
                        "ALTER TABLE dhcp DROP COLUMN marks; DROP TABLE sensor_streams; "
                        "PRAGMA user_version=1"));
    }
    const auto refused = open_sqlite_reader(path_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().text, HasSubstr("older Vedette (schema 1)"));
    batch.clear();
    traffic.fill(batch, 1);
    batch.dns[0].query_time = batch.dns[0].query_time + Duration::seconds(3 * 86'400);
    batch.dns[0].kind = TransactionKind::Unanswered;
    write(batch);  // upgrades; three days later the old rows make a segment of their own
    EXPECT_EQ(count("PRAGMA user_version"), kSchemaVersion);
    EXPECT_EQ(count("SELECT count(*) FROM segments"), 1);
    LogQuery query;
    query.limit = 0;
    query.filter.terms.push_back(
        {FilterField::Client, FilterOperator::Equal, false, {traffic.client_mac(0)}});
    const auto rows = logs(query).size();
    EXPECT_GT(rows, 10U);
    EXPECT_EQ(static_cast<std::int64_t>(rows),
              count("SELECT count(*) FROM dns JOIN hosts h ON h.id = client WHERE mac = '" +
                    traffic.client_mac(0).to_text() + "'"));
}

TEST_F(StoreSafetyTest, EveryStepLeadsToTodaysSchema) {
    Connection stepwise = *Connection::open((folder_ / "steps.db").string(), OpenMode::ReadWrite);
    for (int version = 1; version <= kSchemaVersion; ++version) {
        ASSERT_TRUE(migrate_to(stepwise, version));
        EXPECT_EQ(*stepwise.query_integer("PRAGMA user_version"), version);
    }
    Connection fresh = *Connection::open((folder_ / "fresh.db").string(), OpenMode::ReadWrite);
    ASSERT_TRUE(migrate(fresh));
    const char* schema =
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema "
        "ORDER BY name)";
    EXPECT_EQ(*stepwise.query_text(schema), *fresh.query_text(schema));
}

TEST_F(StoreSafetyTest, OthersCannotReadANewStore) {
    const auto store = writer();
    for (const char* const suffix : {"", "-wal"}) {
        const auto others = std::filesystem::perms::others_all;
        EXPECT_EQ(std::filesystem::status(path_ + suffix).permissions() & others,
                  std::filesystem::perms::none)
            << suffix;
    }
}

TEST_F(StoreSafetyTest, NewerAndForeignFilesAreRefused) {
    writer().reset();
    {
        Connection newer = *Connection::open(path_, OpenMode::ReadWrite);
        ASSERT_TRUE(newer.execute("PRAGMA user_version=99"));
    }
    EXPECT_THAT(open_sqlite_writer({.path = path_}).error().text, HasSubstr("newer Vedette"));
    EXPECT_THAT(open_sqlite_reader(path_).error().text, HasSubstr("newer Vedette"));
    const std::string foreign = (folder_ / "foreign.db").string();
    {
        Connection other = *Connection::open(foreign, OpenMode::ReadWrite);
        ASSERT_TRUE(other.execute("CREATE TABLE cookies(id)"));
    }
    EXPECT_THAT(open_sqlite_writer({.path = foreign}).error().text, HasSubstr("other tables"));
    const std::string text = (folder_ / "notes.txt").string();
    std::ofstream(text) << std::string(5'000, 'x');
    EXPECT_FALSE(open_sqlite_writer({.path = text}));
    const auto absent = open_sqlite_reader((folder_ / "absent.db").string());
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().kind, ErrorKind::NotFound);
}

TEST_F(StoreSafetyTest, PlainSqlReadsTheLog) {
    ::setenv("TZ", "UTC", 1);
    EventBatch batch;
    DnsTransaction event;
    const std::uint8_t name[] = {6, 'l', 'o', 'u', 'v', 'r', 'e', 2, 'f', 'r', 0};
    // id 1, QR RD RA, one question, one answer: 89.185.38.253 for ten minutes.
    const std::uint8_t message[] = {0, 1, 0x81, 0x80, 0,   1,    0,   1,   0,  0,   0,
                                    0, 6, 'l',  'o',  'u', 'v',  'r', 'e', 2,  'f', 'r',
                                    0, 0, 1,    0,    1,   0xc0, 12,  0,   1,  0,   1,
                                    0, 0, 2,    0x58, 0,   4,    89,  185, 38, 253};
    event.query_time = Timestamp::from_seconds(1'795'258'862);
    event.response_time = event.query_time + Duration::millis(20);
    event.kind = TransactionKind::Matched;
    event.client = *IpAddress::parse("192.0.2.7");
    event.server = *IpAddress::parse("192.0.2.53");
    event.client_mac = event.link_source = *MacAddress::parse("f4:6b:ef:6a:ad:c4");
    event.link_destination = *MacAddress::parse("00:11:22:33:44:55");
    event.mac_source = MacSource::Link;
    event.client_port = 40'000;
    event.server_port = 53;
    event.qtype = event.qclass = 1;
    event.qname = batch.bytes.append(ByteView(name));
    event.response_message = batch.bytes.append(ByteView(message));
    batch.dns.push_back(event);
    DhcpMessage discover;
    discover.time = Timestamp::from_seconds(1'795'258'870);
    discover.client_mac = discover.link_source = event.client_mac;
    discover.type = 1;
    discover.op = 1;
    discover.vendor_class = batch.bytes.append("MSFT 5.0");
    batch.dhcp.push_back(discover);
    write(batch);
    Connection connection = *Connection::open(path_, OpenMode::ReadOnly);
    auto rows = *connection.prepare("SELECT * FROM logs ORDER BY date, time");
    const auto line = [&] {
        EXPECT_TRUE(*rows.step());
        std::string text;
        for (int column = 0; column < 9; ++column) {
            text.append(text.empty() ? "" : " ").append(rows.text(column));
        }
        return text;
    };
    EXPECT_EQ(line(),
              "f4:6b:ef:6a:ad:c4 00:11:22:33:44:55 192.0.2.7 192.0.2.53 40000 53 2026-11-21 "
              "11:01:02.000 Query DNS | louvre.fr. A");
    EXPECT_EQ(line(),
              "00:11:22:33:44:55 f4:6b:ef:6a:ad:c4 192.0.2.53 192.0.2.7 53 40000 2026-11-21 "
              "11:01:02.020 Answer DNS | louvre.fr. A | 89.185.38.253");
    EXPECT_THAT(line(), HasSubstr("Discover DHCP | MSFT 5.0"));
}

TEST_F(StoreSafetyTest, NamesAndRdataAreStoredOnceAcrossRuns) {
    testing::TrafficOptions options;
    options.names = 50;
    for (int run = 0; run < 3; ++run) {
        testing::Traffic traffic(options);  // the same traffic again
        EventBatch batch;
        traffic.fill(batch, 1'000);
        write(batch);
    }
    expect_sound();
    EXPECT_EQ(count("SELECT count(*) FROM (SELECT answer, authority, additional FROM answers GROUP "
                    "BY 1, 2, 3 HAVING count(*) > 1)"),
              0);
    EXPECT_EQ(count("SELECT count(*) FROM (SELECT ip, mac, mac_source, host FROM hosts GROUP BY "
                    "1, 2, 3, 4 HAVING count(*) > 1)"),
              0);
    EXPECT_EQ(reader()->statistics()->transactions, 3'000U);
}

}  // namespace
}  // namespace vedette::store
