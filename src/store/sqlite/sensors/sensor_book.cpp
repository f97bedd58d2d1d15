#include "store/sqlite/sensors/sensor_book.hpp"

#include <fmt/format.h>

namespace vedette::store {
namespace {

constexpr std::int64_t kApplicationId = 0x56647373;  // "Vdss"
constexpr std::int64_t kSchemaVersion = 1;

constexpr const char* kSchema = R"(
CREATE TABLE sensor(
    name TEXT PRIMARY KEY, peer TEXT NOT NULL, version TEXT NOT NULL, connected INTEGER NOT NULL,
    since INTEGER, last_seen INTEGER, batches INTEGER NOT NULL, events INTEGER NOT NULL,
    dropped INTEGER NOT NULL, spooled_batches INTEGER NOT NULL, spooled_bytes INTEGER NOT NULL,
    lag INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE server(written INTEGER NOT NULL);
INSERT INTO server VALUES(0);
)";

Result<void> prepare_schema(Connection& connection, const std::string& path) {
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version > kSchemaVersion)
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} was written by a newer vedette (format {})", path, *version));
    if (*version == kSchemaVersion) return {};
    return connection.execute(
        fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id={};PRAGMA user_version={};COMMIT",
                    kSchema, kApplicationId, kSchemaVersion));
}

Result<void> write_rows(Connection& connection, const std::vector<SensorStatus>& rows) {
    auto insert = connection.prepare(
        "INSERT OR REPLACE INTO sensor VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)");
    if (!insert) return std::unexpected(std::move(insert).error());
    for (const SensorStatus& row : rows) {
        insert->bind(1, row.sensor);
        insert->bind(2, row.peer);
        insert->bind(3, row.version);
        insert->bind(4, std::int64_t{row.connected});
        insert->bind(5, row.since.nanos);
        insert->bind(6, row.last_seen.nanos);
        insert->bind(7, static_cast<std::int64_t>(row.batches));
        insert->bind(8, static_cast<std::int64_t>(row.events));
        insert->bind(9, static_cast<std::int64_t>(row.dropped));
        insert->bind(10, static_cast<std::int64_t>(row.spooled_batches));
        insert->bind(11, static_cast<std::int64_t>(row.spooled_bytes));
        insert->bind(12, row.lag.nanos);
        VEDETTE_TRY(insert->run());
    }
    return {};
}

}  // namespace

Result<SensorBook> SensorBook::open(const std::string& path, OpenMode mode) {
    auto connection = Connection::open(path, mode);
    if (!connection) return fail(std::move(connection).error(), "cannot open " + path);
    if (mode == OpenMode::ReadWrite) {
        VEDETTE_TRY(connection->execute("PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL"));
        VEDETTE_TRY(prepare_schema(*connection, path));
    }
    return SensorBook(std::move(*connection));
}

Result<void> SensorBook::write(const std::vector<SensorStatus>& rows, Timestamp now) {
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    Result<void> done = write_rows(connection_, rows);
    if (done) done = connection_.execute(fmt::format("UPDATE server SET written={}", now.nanos));
    if (done) done = connection_.execute("COMMIT");
    if (!done && connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
    return done;
}

Result<std::vector<SensorStatus>> SensorBook::list() {
    auto select = connection_.prepare(
        "SELECT name, peer, version, connected, since, last_seen, batches, events, dropped, "
        "spooled_batches, spooled_bytes, lag FROM sensor ORDER BY name");
    if (!select) return std::unexpected(std::move(select).error());
    std::vector<SensorStatus> rows;
    for (;;) {
        const Result<bool> there = select->step();
        if (!there) return std::unexpected(there.error());
        if (!*there) return rows;
        const auto count = [&](int column) {
            return static_cast<std::uint64_t>(select->integer(column));
        };
        rows.push_back({.sensor = std::string(select->text(0)),
                        .peer = std::string(select->text(1)),
                        .version = std::string(select->text(2)),
                        .connected = select->integer(3) != 0,
                        .since = Timestamp{select->integer(4)},
                        .last_seen = Timestamp{select->integer(5)},
                        .batches = count(6),
                        .events = count(7),
                        .dropped = count(8),
                        .spooled_batches = count(9),
                        .spooled_bytes = count(10),
                        .lag = Duration{select->integer(11)}});
    }
}

Result<Timestamp> SensorBook::written() {
    const auto moment = connection_.query_integer("SELECT written FROM server");
    if (!moment) return std::unexpected(moment.error());
    return Timestamp{*moment};
}

}  // namespace vedette::store
