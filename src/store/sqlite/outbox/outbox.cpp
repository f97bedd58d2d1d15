#include "store/sqlite/outbox/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vedette::store {
namespace {

constexpr std::int64_t kSchemaVersion = 1;
constexpr Duration kHour = Duration::seconds(3'600);
// An alert is one for as long as it returns within its cool-down; then it has a new number, and
// what was told of the old one is of no use.
constexpr Duration kRememberEnded = Duration::seconds(86'400);
constexpr Duration kRememberOpen = Duration::seconds(90 * 86'400);

constexpr const char* kSchema = R"sql(
    CREATE TABLE IF NOT EXISTS targets (
        name TEXT PRIMARY KEY, retry_ns INTEGER, failures INTEGER NOT NULL DEFAULT 0,
        asked INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '',
        last_error_ns INTEGER, delivered INTEGER NOT NULL DEFAULT 0,
        dropped INTEGER NOT NULL DEFAULT 0, untold INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS items (
        id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, alert TEXT NOT NULL,
        news INTEGER NOT NULL, severity INTEGER NOT NULL, queued_ns INTEGER NOT NULL,
        payload TEXT NOT NULL, in_message INTEGER NOT NULL DEFAULT 0);
    CREATE UNIQUE INDEX IF NOT EXISTS items_by_alert ON items (target, alert, in_message);
    CREATE TABLE IF NOT EXISTS messages (
        target TEXT PRIMARY KEY, id TEXT NOT NULL, made_ns INTEGER NOT NULL,
        dropped INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS told (
        target TEXT NOT NULL, alert TEXT NOT NULL, at_ns INTEGER NOT NULL,
        severity INTEGER NOT NULL, ended INTEGER NOT NULL, PRIMARY KEY (target, alert))
        WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sent (target TEXT NOT NULL, at_ns INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS sent_by_target ON sent (target, at_ns);
)sql";

OutboxItem read_item(const Statement& row) {
    OutboxItem item;
    item.alert = row.text(0);
    item.news = static_cast<std::uint8_t>(row.integer(1));
    item.severity = static_cast<std::uint8_t>(row.integer(2));
    item.queued = {row.integer(3)};
    item.payload = row.text(4);
    return item;
}

Timestamp time_or_never(const Statement& row, int column) {
    return row.is_null(column) ? kNever : Timestamp{row.integer(column)};
}

}  // namespace

Result<Outbox> Outbox::open(const std::string& path) {
    auto connection = Connection::open(path, OpenMode::ReadWrite);
    if (!connection) return fail(std::move(connection).error(), "outbox");
    VEDETTE_TRY(
        connection->execute("PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL;"
                            "PRAGMA synchronous=NORMAL"));
    auto version = connection->query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version > kSchemaVersion) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} was written by a newer Vedette (schema {}, this one knows {})",
                                path, *version, kSchemaVersion));
    }
    // Looking must not write: those who only look would hold up those who send.
    if (*version < kSchemaVersion) {
        VEDETTE_TRY(connection->execute(kSchema));
        VEDETTE_TRY(connection->execute(fmt::format("PRAGMA user_version={}", kSchemaVersion)));
    }
    return Outbox(std::move(*connection));
}

std::string Outbox::lock_path(const std::string& path, const std::string& target) {
    return fmt::format("{}.{}.lock", path, target);
}

template <typename Body>
Result<void> Outbox::change(const Body& body) {
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    Result<void> done = body();
    if (done) done = connection_.execute("COMMIT");
    if (!done) static_cast<void>(connection_.execute("ROLLBACK"));
    return done;
}

Result<Statement> Outbox::statement(std::string_view sql, const std::string& target) {
    auto prepared = connection_.prepare(sql);
    if (prepared) prepared->bind(1, target);
    return prepared;
}

Result<void> Outbox::run(std::string_view sql, const std::string& target) {
    auto prepared = statement(sql, target);
    if (!prepared) return std::unexpected(prepared.error());
    return prepared->run();
}

Result<std::optional<OutboxTold>> Outbox::told(const std::string& target,
                                               const std::string& alert) {
    auto row = statement("SELECT at_ns, severity, ended FROM told WHERE target = ?1 AND alert = ?2",
                         target);
    if (!row) return std::unexpected(row.error());
    row->bind(2, alert);
    const auto found = row->step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    return OutboxTold{
        {row->integer(0)}, static_cast<std::uint8_t>(row->integer(1)), row->integer(2) != 0};
}

Result<std::optional<std::uint8_t>> Outbox::waiting(const std::string& target,
                                                    const std::string& alert) {
    auto row = statement(
        "SELECT news FROM items WHERE target = ?1 AND alert = ?2 AND in_message = 0", target);
    if (!row) return std::unexpected(row.error());
    row->bind(2, alert);
    const auto found = row->step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return std::nullopt;
    return static_cast<std::uint8_t>(row->integer(0));
}

Result<void> Outbox::count_drops(const std::string& target, std::int64_t count) {
    if (count == 0) return {};
    auto update = statement(
        "INSERT INTO targets (name, dropped, untold) VALUES (?1, ?2, ?2) ON CONFLICT (name) DO "
        "UPDATE SET dropped = dropped + ?2, untold = untold + ?2",
        target);
    if (!update) return std::unexpected(update.error());
    update->bind(2, count);
    return update->run();
}

Result<void> Outbox::put(const std::string& target, const OutboxItem& item, std::uint64_t limit) {
    return change([&]() -> Result<void> {
        auto insert = statement(
            "INSERT INTO items (target, alert, news, severity, queued_ns, payload) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (target, alert, in_message) DO UPDATE "
            "SET news = excluded.news, severity = excluded.severity, payload = excluded.payload",
            target);
        if (!insert) return std::unexpected(insert.error());
        insert->bind(2, item.alert);
        insert->bind(3, std::int64_t{item.news});
        insert->bind(4, std::int64_t{item.severity});
        insert->bind(5, item.queued.nanos);
        insert->bind(6, item.payload);
        VEDETTE_TRY(insert->run());
        auto drop = statement(
            "DELETE FROM items WHERE id IN (SELECT id FROM items WHERE target = ?1 AND "
            "in_message = 0 ORDER BY severity, queued_ns, id LIMIT max(0, (SELECT count(*) FROM "
            "items WHERE target = ?1 AND in_message = 0) - ?2))",
            target);
        if (!drop) return std::unexpected(drop.error());
        drop->bind(2, static_cast<std::int64_t>(limit));
        VEDETTE_TRY(drop->run());
        return count_drops(target, connection_.changes());
    });
}

Result<OutboxState> Outbox::state(const std::string& target, Timestamp now) {
    OutboxState state;
    auto row = statement(
        "SELECT retry_ns, failures, asked, last_error, last_error_ns, delivered, dropped, "
        "(SELECT count(*) FROM items WHERE target = ?1), "
        "(SELECT min(queued_ns) FROM items WHERE target = ?1), "
        "(SELECT count(*) FROM messages WHERE target = ?1) "
        "FROM (SELECT 1) LEFT JOIN targets ON name = ?1",
        target);
    if (!row) return std::unexpected(row.error());
    VEDETTE_TRY(row->step());
    state.retry_at = time_or_never(*row, 0);
    state.failures = static_cast<unsigned>(row->integer(1));
    state.asked = row->integer(2) != 0;
    state.last_error = row->text(3);
    state.last_error_at = time_or_never(*row, 4);
    state.delivered = static_cast<std::uint64_t>(row->integer(5));
    state.dropped = static_cast<std::uint64_t>(row->integer(6));
    state.waiting = static_cast<std::uint64_t>(row->integer(7));
    state.oldest = time_or_never(*row, 8);
    state.unfinished = row->integer(9) != 0;
    auto sent = statement(
        "SELECT at_ns FROM sent WHERE target = ?1 AND (at_ns > ?2 OR at_ns = (SELECT max(at_ns) "
        "FROM sent WHERE target = ?1)) ORDER BY at_ns",
        target);
    if (!sent) return std::unexpected(sent.error());
    sent->bind(2, (now - kHour).nanos);
    while (true) {
        const auto more = sent->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return state;
        state.sent.push_back({sent->integer(0)});
    }
}

Result<OutboxMessage> Outbox::begin(const std::string& target, const std::string& id, Timestamp now,
                                    std::size_t most) {
    OutboxMessage message;
    auto done = change([&]() -> Result<void> {
        VEDETTE_TRY(fill(target, message));
        if (!message.id.empty()) return {};
        auto gather = statement(
            "UPDATE items SET in_message = 1 WHERE id IN (SELECT id FROM items WHERE "
            "target = ?1 ORDER BY severity DESC, queued_ns, id LIMIT ?2)",
            target);
        if (!gather) return std::unexpected(gather.error());
        gather->bind(2, static_cast<std::int64_t>(most));
        VEDETTE_TRY(gather->run());
        if (connection_.changes() == 0) return {};
        auto insert = statement(
            "INSERT INTO messages (target, id, made_ns, dropped) VALUES (?1, ?2, ?3, "
            "coalesce((SELECT untold FROM targets WHERE name = ?1), 0))",
            target);
        if (!insert) return std::unexpected(insert.error());
        insert->bind(2, id);
        insert->bind(3, now.nanos);
        VEDETTE_TRY(insert->run());
        return fill(target, message);
    });
    if (!done) return std::unexpected(std::move(done.error()));
    return message;
}

Result<void> Outbox::fill(const std::string& target, OutboxMessage& message) {
    auto head = statement("SELECT id, made_ns, dropped FROM messages WHERE target = ?1", target);
    if (!head) return std::unexpected(head.error());
    const auto found = head->step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return {};
    message.id = head->text(0);
    message.made = {head->integer(1)};
    message.dropped = static_cast<std::uint64_t>(head->integer(2));
    auto rows = statement(
        "SELECT alert, news, severity, queued_ns, payload FROM items WHERE target = ?1 AND "
        "in_message = 1 ORDER BY severity DESC, queued_ns, id",
        target);
    if (!rows) return std::unexpected(rows.error());
    while (true) {
        const auto more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        message.items.push_back(read_item(*rows));
    }
}

Result<void> Outbox::withdraw(const std::string& target, const std::string& alert) {
    auto remove =
        statement("DELETE FROM items WHERE target = ?1 AND alert = ?2 AND in_message = 1", target);
    if (!remove) return std::unexpected(remove.error());
    remove->bind(2, alert);
    return remove->run();
}

Result<void> Outbox::delivered(const std::string& target, const OutboxMessage& message,
                               Timestamp now) {
    return change([&]() -> Result<void> {
        auto remember = statement(
            "INSERT INTO told (target, alert, at_ns, severity, ended) SELECT target, alert, ?2, "
            "severity, news = ?3 FROM items WHERE target = ?1 AND in_message = 1 "
            "ON CONFLICT (target, alert) DO UPDATE SET at_ns = excluded.at_ns, "
            "severity = excluded.severity, ended = excluded.ended",
            target);
        if (!remember) return std::unexpected(remember.error());
        remember->bind(2, now.nanos);
        remember->bind(3, std::int64_t{kOutboxEnded});
        VEDETTE_TRY(remember->run());
        VEDETTE_TRY(run("DELETE FROM items WHERE target = ?1 AND in_message = 1", target));
        VEDETTE_TRY(run("DELETE FROM messages WHERE target = ?1", target));
        auto sent = statement("INSERT INTO sent (target, at_ns) VALUES (?1, ?2)", target);
        if (!sent) return std::unexpected(sent.error());
        sent->bind(2, now.nanos);
        VEDETTE_TRY(sent->run());
        auto update = statement(
            "INSERT INTO targets (name, delivered) VALUES (?1, 1) ON CONFLICT (name) DO UPDATE "
            "SET retry_ns = NULL, failures = 0, asked = 0, delivered = delivered + 1, "
            "untold = max(0, untold - ?2)",
            target);
        if (!update) return std::unexpected(update.error());
        update->bind(2, static_cast<std::int64_t>(message.dropped));
        return update->run();
    });
}

Result<void> Outbox::release(const std::string& target) {
    // News that came meanwhile are newer; that nothing was told of the alert yet stays true, so the
    // smaller number (a beginning) wins, but for an end.
    auto merge = statement(
        "UPDATE items SET queued_ns = min(items.queued_ns, o.queued_ns), news = CASE WHEN "
        "items.news = ?2 OR o.news = ?2 THEN items.news ELSE min(items.news, o.news) END "
        "FROM items AS o WHERE items.target = ?1 AND items.in_message = 0 AND o.target = ?1 AND "
        "o.in_message = 1 AND o.alert = items.alert",
        target);
    if (!merge) return std::unexpected(merge.error());
    merge->bind(2, std::int64_t{kOutboxEnded});
    VEDETTE_TRY(merge->run());
    VEDETTE_TRY(run(
        "DELETE FROM items WHERE target = ?1 AND in_message = 1 AND alert IN (SELECT alert FROM "
        "items WHERE target = ?1 AND in_message = 0)",
        target));
    VEDETTE_TRY(run("UPDATE items SET in_message = 0 WHERE target = ?1", target));
    return run("DELETE FROM messages WHERE target = ?1", target);
}

Result<void> Outbox::reject(const std::string& target) {
    VEDETTE_TRY(run("DELETE FROM items WHERE target = ?1 AND in_message = 1", target));
    VEDETTE_TRY(count_drops(target, connection_.changes()));
    return run("DELETE FROM messages WHERE target = ?1", target);
}

Result<void> Outbox::failed(const std::string& target, Fate fate, const std::string& error,
                            Timestamp retry_at, Timestamp now) {
    return change([&]() -> Result<void> {
        if (fate == Fate::NotTaken) VEDETTE_TRY(release(target));
        if (fate == Fate::Rejected) VEDETTE_TRY(reject(target));
        auto update = statement(
            "INSERT INTO targets (name, retry_ns, failures, last_error, last_error_ns) "
            "VALUES (?1, ?2, iif(?5, 0, 1), ?3, ?4) ON CONFLICT (name) DO UPDATE SET retry_ns = "
            "?2, "
            "failures = iif(?5, 0, failures + 1), asked = 0, last_error = ?3, last_error_ns = ?4",
            target);
        if (!update) return std::unexpected(update.error());
        update->bind(2, retry_at.nanos);
        update->bind(5, std::int64_t{fate == Fate::Rejected});
        update->bind(3, error);
        update->bind(4, now.nanos);
        return update->run();
    });
}

Result<void> Outbox::abandon(const std::string& target) {
    return change([&]() -> Result<void> {
        VEDETTE_TRY(run("DELETE FROM items WHERE target = ?1 AND in_message = 1", target));
        VEDETTE_TRY(run("UPDATE targets SET asked = 0 WHERE name = ?1", target));
        return run("DELETE FROM messages WHERE target = ?1", target);
    });
}

Result<std::uint64_t> Outbox::expire(const std::string& target, Timestamp oldest, Timestamp now) {
    std::int64_t dropped = 0;
    const auto remove = [&](std::string_view sql, Timestamp before) -> Result<void> {
        auto prepared = statement(sql, target);
        if (!prepared) return std::unexpected(prepared.error());
        prepared->bind(2, before.nanos);
        return prepared->run();
    };
    auto done = change([&]() -> Result<void> {
        VEDETTE_TRY(remove("DELETE FROM items WHERE target = ?1 AND queued_ns < ?2", oldest));
        dropped = connection_.changes();
        VEDETTE_TRY(count_drops(target, dropped));
        VEDETTE_TRY(
            run("DELETE FROM messages WHERE target = ?1 AND NOT EXISTS (SELECT 1 FROM "
                "items WHERE items.target = ?1 AND in_message = 1)",
                target));
        VEDETTE_TRY(remove("DELETE FROM told WHERE target = ?1 AND ended AND at_ns < ?2",
                           now - kRememberEnded));
        VEDETTE_TRY(
            remove("DELETE FROM told WHERE target = ?1 AND at_ns < ?2", now - kRememberOpen));
        return remove(
            "DELETE FROM sent WHERE target = ?1 AND at_ns < ?2 AND at_ns < (SELECT max(at_ns) "
            "FROM sent WHERE target = ?1)",
            now - kHour);
    });
    if (!done) return std::unexpected(std::move(done.error()));
    return static_cast<std::uint64_t>(dropped);
}

Result<void> Outbox::ask(const std::string& target) {
    return run(
        "INSERT INTO targets (name, asked) VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET "
        "asked = 1",
        target);
}

}  // namespace vedette::store
