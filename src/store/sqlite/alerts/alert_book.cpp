#include "store/sqlite/alerts/alert_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vedette::store {
namespace {

constexpr std::int64_t kSchemaVersion = 1;
// A subject that returns within this continues its alert instead of making a new one.
constexpr Duration kCoolDown = Duration::seconds(3'600);

constexpr const char* kSchema = R"sql(
    CREATE TABLE IF NOT EXISTS alerts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL, subject TEXT NOT NULL,
        state INTEGER NOT NULL, severity INTEGER NOT NULL, muted INTEGER NOT NULL,
        first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, count INTEGER NOT NULL,
        reason TEXT NOT NULL, filter TEXT NOT NULL,
        client TEXT NOT NULL, client_mac TEXT NOT NULL, server TEXT NOT NULL, name TEXT NOT NULL,
        packets TEXT NOT NULL, acknowledged_by TEXT NOT NULL DEFAULT '');
    CREATE INDEX IF NOT EXISTS alerts_by_subject ON alerts (kind, subject, last_ns);
    CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (last_ns);
    CREATE TABLE IF NOT EXISTS mutes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,
        created_ns INTEGER NOT NULL, expires_ns INTEGER);
    CREATE TABLE IF NOT EXISTS evidence (
        alert INTEGER NOT NULL REFERENCES alerts (id), number INTEGER NOT NULL,
        time_ns INTEGER NOT NULL, original INTEGER NOT NULL, link_type INTEGER NOT NULL,
        bytes BLOB NOT NULL, PRIMARY KEY (alert, number)) WITHOUT ROWID;
)sql";

constexpr std::string_view kColumns =
    "id, kind, subject, state, severity, muted, first_ns, last_ns, count, reason, filter, client, "
    "client_mac, server, name, packets, acknowledged_by";

std::string join(const std::vector<std::uint64_t>& numbers) {
    return fmt::format("{}", fmt::join(numbers, " "));
}

std::vector<std::uint64_t> split(std::string_view text) {
    std::vector<std::uint64_t> numbers;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
        std::uint64_t number = 0;
        const auto [stop, error] = std::from_chars(at, end, number);
        if (error != std::errc{}) break;
        numbers.push_back(number);
        at = stop + (stop < end ? 1 : 0);
    }
    return numbers;
}

std::string address_text(const IpAddress& address) {
    return address.is_unspecified() ? std::string{} : address.to_text();
}

Alert read_alert(const Statement& row) {
    Alert alert;
    alert.id = row.integer(0);
    alert.kind = find_finding_kind(row.text(1)).value_or(FindingKind{});
    alert.subject = row.text(2);
    alert.state = static_cast<AlertState>(row.integer(3));
    alert.severity = static_cast<Severity>(row.integer(4));
    alert.muted = row.integer(5) != 0;
    alert.first = {row.integer(6)};
    alert.last = {row.integer(7)};
    alert.count = static_cast<std::uint64_t>(row.integer(8));
    alert.reason = row.text(9);
    alert.filter = row.text(10);
    alert.client = row.text(11);
    alert.client_mac = row.text(12);
    alert.server = row.text(13);
    alert.name = row.text(14);
    alert.packets = split(row.text(15));
    alert.acknowledged_by = row.text(16);
    return alert;
}

}  // namespace

Result<AlertBook> AlertBook::open(const std::string& path) {
    auto connection = Connection::open(path, OpenMode::ReadWrite);
    if (!connection) return fail(std::move(connection).error(), "alerts");
    return prepare(std::move(*connection), path);
}

Result<AlertBook> AlertBook::in_memory() {
    auto connection = Connection::in_memory();
    if (!connection) return fail(std::move(connection).error(), "alerts");
    return prepare(std::move(*connection), "memory");
}

Result<AlertBook> AlertBook::prepare(Connection opened, const std::string& path) {
    Connection* const connection = &opened;
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
    VEDETTE_TRY(connection->execute(kSchema));
    VEDETTE_TRY(connection->execute(fmt::format("PRAGMA user_version={}", kSchemaVersion)));
    return AlertBook(std::move(opened));
}

Result<bool> AlertBook::is_muted(const Finding& finding) {
    auto query = connection_.prepare(
        "SELECT 1 FROM mutes WHERE (kind = '' OR kind = ?1) AND (subject = '' OR subject = ?2) "
        "AND created_ns <= ?3 AND (expires_ns IS NULL OR expires_ns > ?3) LIMIT 1");
    if (!query) return std::unexpected(query.error());
    query->bind(1, info(finding.kind).id);
    query->bind(2, finding.subject);
    query->bind(3, finding.last.nanos);
    return query->step();
}

Result<std::int64_t> AlertBook::insert(const Finding& finding, AlertState state, bool muted) {
    auto statement = connection_.prepare(
        "INSERT INTO alerts (kind, subject, state, severity, muted, first_ns, last_ns, count, "
        "reason, filter, client, client_mac, server, name, packets) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");
    if (!statement) return std::unexpected(statement.error());
    const std::string client = address_text(finding.client);
    const std::string mac = finding.client_mac.is_zero() ? "" : finding.client_mac.to_text();
    const std::string server = address_text(finding.server);
    const std::string packets = join(finding.packets);
    statement->bind(1, info(finding.kind).id);
    statement->bind(2, finding.subject);
    statement->bind(3, static_cast<std::int64_t>(state));
    statement->bind(4, static_cast<std::int64_t>(finding.severity));
    statement->bind(5, static_cast<std::int64_t>(muted));
    statement->bind(6, finding.first.nanos);
    statement->bind(7, finding.last.nanos);
    statement->bind(8, static_cast<std::int64_t>(finding.count));
    const std::array<std::string_view, 7> texts{finding.reason, finding.filter, client, mac,
                                                server,         finding.name,   packets};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        statement->bind(static_cast<int>(9 + i), texts[i]);
    }
    VEDETTE_TRY(statement->run());
    return connection_.query_integer("SELECT last_insert_rowid()");
}

Result<std::pair<std::int64_t, AlertChange>> AlertBook::record(const Finding& finding) {
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    auto written = write(finding);
    if (!written) {
        static_cast<void>(connection_.execute("ROLLBACK"));
        return written;
    }
    VEDETTE_TRY(connection_.execute("COMMIT"));
    return written;
}

Result<std::pair<std::int64_t, AlertChange>> AlertBook::write(const Finding& finding) {
    const auto muted = is_muted(finding);
    if (!muted) return std::unexpected(muted.error());
    auto known = connection_.prepare(
        "SELECT id, state FROM alerts WHERE kind = ?1 AND subject = ?2 AND last_ns >= ?3 "
        "ORDER BY last_ns DESC LIMIT 1");
    if (!known) return std::unexpected(known.error());
    known->bind(1, info(finding.kind).id);
    known->bind(2, finding.subject);
    known->bind(3, (finding.first - kCoolDown).nanos);
    const auto found = known->step();
    if (!found) return std::unexpected(found.error());

    const bool ended = finding.phase == FindingPhase::Ended;
    if (!*found) {
        auto id = insert(finding, ended ? AlertState::Ended : AlertState::Open, *muted);
        if (!id) return std::unexpected(id.error());
        return std::pair{*id, *muted ? AlertChange::Muted : AlertChange::New};
    }
    const std::int64_t id = known->integer(0);
    const bool was_over = static_cast<AlertState>(known->integer(1)) == AlertState::Ended;
    known->reset();
    const AlertChange change = *muted     ? AlertChange::Muted
                               : ended    ? AlertChange::Ended
                               : was_over ? AlertChange::Returned
                                          : AlertChange::Continued;
    // An acknowledged alert stays so while it goes on.
    auto update = connection_.prepare(
        "UPDATE alerts SET last_ns = max(last_ns, ?2), first_ns = min(first_ns, ?3), "
        "count = count + ?4, reason = ?5, severity = max(severity, ?6), "
        "state = CASE WHEN ?7 THEN 2 WHEN state = 1 THEN 1 ELSE 0 END WHERE id = ?1");
    if (!update) return std::unexpected(update.error());
    update->bind(1, id);
    update->bind(2, finding.last.nanos);
    update->bind(3, finding.first.nanos);
    update->bind(4, static_cast<std::int64_t>(finding.count));
    update->bind(5, finding.reason);
    update->bind(6, static_cast<std::int64_t>(finding.severity));
    update->bind(7, static_cast<std::int64_t>(ended));
    VEDETTE_TRY(update->run());
    return std::pair{id, change};
}

Result<std::vector<Alert>> AlertBook::list(const AlertQuery& query) {
    auto rows = connection_.prepare(
        fmt::format("SELECT {} FROM alerts WHERE (?1 = 0 OR state = 0) AND severity >= ?2 "
                    "AND (?3 = '' OR kind = ?3) AND (?4 IS NULL OR last_ns >= ?4) "
                    "ORDER BY last_ns DESC, id DESC LIMIT ?5",
                    kColumns));
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, static_cast<std::int64_t>(query.open_only));
    rows->bind(2, static_cast<std::int64_t>(query.least));
    rows->bind(3, query.kind ? info(*query.kind).id : std::string_view{});
    if (query.since.known()) {
        rows->bind(4, query.since.nanos);
    } else {
        rows->bind_null(4);
    }
    rows->bind(5, query.limit == 0 ? std::int64_t{-1} : std::int64_t{query.limit});
    std::vector<Alert> alerts;
    while (true) {
        const auto more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return alerts;
        alerts.push_back(read_alert(*rows));
    }
}

Result<Alert> AlertBook::get(std::int64_t id) {
    auto row = connection_.prepare(fmt::format("SELECT {} FROM alerts WHERE id = ?1", kColumns));
    if (!row) return std::unexpected(row.error());
    row->bind(1, id);
    const auto found = row->step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail(ErrorKind::NotFound, fmt::format("there is no alert {}", id));
    return read_alert(*row);
}

Result<void> AlertBook::acknowledge(std::int64_t id, const std::string& by) {
    auto update = connection_.prepare(
        "UPDATE alerts SET state = CASE WHEN state = 2 THEN 2 ELSE 1 END, acknowledged_by = ?2 "
        "WHERE id = ?1");
    if (!update) return std::unexpected(update.error());
    update->bind(1, id);
    update->bind(2, by);
    VEDETTE_TRY(update->run());
    if (connection_.changes() == 0) {
        return fail(ErrorKind::NotFound, fmt::format("there is no alert {}", id));
    }
    return {};
}

Result<void> AlertBook::keep_evidence(std::int64_t id, const std::vector<EvidencePacket>& packets) {
    auto has = connection_.query_integer(
        fmt::format("SELECT EXISTS (SELECT 1 FROM evidence WHERE alert = {})", id));
    if (!has) return std::unexpected(has.error());
    if (*has != 0) return {};
    auto insert = connection_.prepare(
        "INSERT OR IGNORE INTO evidence (alert, number, time_ns, original, link_type, bytes) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return std::unexpected(insert.error());
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    for (const EvidencePacket& packet : packets) {
        insert->bind(1, id);
        insert->bind(2, static_cast<std::int64_t>(packet.number));
        insert->bind(3, packet.time.nanos);
        insert->bind(4, std::int64_t{packet.original});
        insert->bind(5, std::int64_t{packet.link_type});
        insert->bind_blob(6, packet.bytes);
        if (auto done = insert->run(); !done) {
            static_cast<void>(connection_.execute("ROLLBACK"));
            return done;
        }
    }
    return connection_.execute("COMMIT");
}

Result<std::vector<EvidencePacket>> AlertBook::evidence(std::int64_t id) {
    auto rows = connection_.prepare(
        "SELECT number, time_ns, original, link_type, bytes FROM evidence WHERE alert = ?1 "
        "ORDER BY number");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, id);
    std::vector<EvidencePacket> packets;
    while (true) {
        const auto more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return packets;
        EvidencePacket& packet = packets.emplace_back();
        packet.number = static_cast<std::uint64_t>(rows->integer(0));
        packet.time = {rows->integer(1)};
        packet.original = static_cast<std::uint32_t>(rows->integer(2));
        packet.link_type = static_cast<std::uint16_t>(rows->integer(3));
        const ByteView bytes = rows->blob(4);
        packet.bytes.assign(bytes.begin(), bytes.end());
    }
}

Result<std::int64_t> AlertBook::end_stale(Timestamp before) {
    auto update =
        connection_.prepare("UPDATE alerts SET state = 2 WHERE state <> 2 AND last_ns < ?1");
    if (!update) return std::unexpected(update.error());
    update->bind(1, before.nanos);
    VEDETTE_TRY(update->run());
    return connection_.changes();
}

Result<void> AlertBook::prune(Timestamp before) {
    for (const char* const sql :
         {"DELETE FROM evidence WHERE alert IN (SELECT id FROM alerts WHERE last_ns < ?1)",
          "DELETE FROM alerts WHERE last_ns < ?1", "DELETE FROM mutes WHERE expires_ns < ?1"}) {
        auto statement = connection_.prepare(sql);
        if (!statement) return std::unexpected(statement.error());
        statement->bind(1, before.nanos);
        VEDETTE_TRY(statement->run());
    }
    return {};
}

Result<std::int64_t> AlertBook::add_mute(const Mute& mute) {
    auto insert = connection_.prepare(
        "INSERT INTO mutes (kind, subject, reason, by, created_ns, expires_ns) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!insert) return std::unexpected(insert.error());
    insert->bind(1, mute.kind ? info(*mute.kind).id : std::string_view{});
    insert->bind(2, mute.subject);
    insert->bind(3, mute.reason);
    insert->bind(4, mute.by);
    insert->bind(5, mute.created.nanos);
    if (mute.expires.known()) {
        insert->bind(6, mute.expires.nanos);
    } else {
        insert->bind_null(6);
    }
    VEDETTE_TRY(insert->run());
    return connection_.query_integer("SELECT last_insert_rowid()");
}

Result<void> AlertBook::remove_mute(std::int64_t id) {
    auto remove = connection_.prepare("DELETE FROM mutes WHERE id = ?1");
    if (!remove) return std::unexpected(remove.error());
    remove->bind(1, id);
    VEDETTE_TRY(remove->run());
    if (connection_.changes() == 0) {
        return fail(ErrorKind::NotFound, fmt::format("there is no mute {}", id));
    }
    return {};
}

Result<std::vector<Mute>> AlertBook::mutes(Timestamp now) {
    auto rows = connection_.prepare(
        "SELECT id, kind, subject, reason, by, created_ns, expires_ns FROM mutes "
        "WHERE expires_ns IS NULL OR expires_ns > ?1 ORDER BY id");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, now.nanos);
    std::vector<Mute> mutes;
    while (true) {
        const auto more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return mutes;
        Mute& mute = mutes.emplace_back();
        mute.id = rows->integer(0);
        mute.kind = find_finding_kind(rows->text(1));
        mute.subject = rows->text(2);
        mute.reason = rows->text(3);
        mute.by = rows->text(4);
        mute.created = {rows->integer(5)};
        if (!rows->is_null(6)) mute.expires = {rows->integer(6)};
    }
}

}  // namespace vedette::store
