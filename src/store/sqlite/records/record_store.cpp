#include "store/sqlite/records/record_store.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "render/name_text.hpp"
#include "wire/dns/name.hpp"

namespace vedette::store {
namespace {

constexpr std::int64_t kApplicationId = 0x56647472;  // "Vdtr", told by file(1) and PRAGMA
constexpr std::int64_t kSchemaVersion = 2;
constexpr std::uint16_t kTypeCname = 5;

// What a change may name, and how many are remembered: a server that reads five times a second is
// never so far behind. One that is reads everything.
constexpr std::size_t kMostLogged = 4'000;
constexpr std::int64_t kLogCommits = 500;

/// One step a version.
constexpr std::array kSchemaSteps{
    R"(
CREATE TABLE record(
    key BLOB NOT NULL, type INTEGER NOT NULL, rdata BLOB NOT NULL,
    owner BLOB NOT NULL, ttl INTEGER NOT NULL,
    PRIMARY KEY(key, type, rdata)) WITHOUT ROWID;
CREATE TABLE state(serial INTEGER NOT NULL);
INSERT INTO state VALUES(1);
)",
    // Which owners changed with which serial. A key of one zero octet, which no name has, stands
    // for more than are worth naming.
    R"(
CREATE TABLE change(serial INTEGER NOT NULL, key BLOB NOT NULL,
    PRIMARY KEY(serial, key)) WITHOUT ROWID;
)"};
static_assert(kSchemaSteps.size() == kSchemaVersion);
constexpr std::string_view kMany("\0", 1);

/// Behind every key that begins with `key`, which ends in a zero octet unless it is the root's.
std::string end_of_tree(const std::string& key) {
    if (key.empty()) return std::string(wire::dns::kMaxNameBytes, '\xff');
    std::string end = key;
    end.back() = '\1';
    return end;
}

Result<void> prepare_schema(Connection& connection, const std::string& path) {
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version > kSchemaVersion)
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} was written by a newer vedette (format {})", path, *version));
    if (*version == kSchemaVersion) return {};
    std::string steps;
    for (auto step = static_cast<std::size_t>(*version); step < kSchemaSteps.size(); ++step)
        steps += kSchemaSteps[step];
    return connection.execute(
        fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id={};"
                    "PRAGMA user_version={};COMMIT",
                    steps, kApplicationId, kSchemaVersion));
}

/// Name octets from their form in a key.
void append_label(std::string& name, std::string_view label) {
    const std::size_t length_at = name.size();
    name += '\0';
    for (std::size_t i = 0; i < label.size(); ++i) {
        if (label[i] == '\1')
            name += static_cast<char>(label[++i] - 1);
        else
            name += label[i];
    }
    name[length_at] = static_cast<char>(name.size() - length_at - 1);
}

void bind_key(Statement& statement, const std::string& key, std::uint16_t type) {
    statement.bind_blob(1, as_bytes(key));
    statement.bind(2, std::int64_t{type});
}

}  // namespace

std::string canonical_key(ByteView owner) {
    std::array<std::uint8_t, 128> starts;
    std::size_t labels = 0;
    for (std::size_t at = 0; owner[at] != 0; at += owner[at] + 1U)
        starts[labels++] = static_cast<std::uint8_t>(at);
    std::string key;
    while (labels > 0) {
        const std::size_t at = starts[--labels];
        for (const std::uint8_t octet : owner.subspan(at + 1, owner[at])) {
            // Zero ends a label, so zero and one are written as two octets, in their order.
            if (octet <= 1)
                key.append({'\1', static_cast<char>(octet + 1)});
            else if (octet >= 'A' && octet <= 'Z')
                key += static_cast<char>(octet | 0x20U);
            else
                key += static_cast<char>(octet);
        }
        key += '\0';
    }
    return key;
}

std::string name_of_key(std::string_view key) {
    std::vector<std::string_view> labels;
    for (std::size_t at = 0; at < key.size();) {
        const std::size_t end = key.find('\0', at);
        labels.push_back(key.substr(at, end - at));
        at = end + 1;
    }
    std::string name;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label)
        append_label(name, *label);
    name += '\0';
    return name;
}

Result<RecordStore> RecordStore::open(const std::string& path, OpenMode mode) {
    RecordStore store;
    auto connection = Connection::open(path, mode);
    if (!connection) return fail(std::move(connection.error()), "cannot open " + path);
    store.connection_ = std::move(*connection);
    if (mode != OpenMode::ReadWrite) {
        VEDETTE_TRY(store.prepare_reading());
        return store;
    }
    // FULL: what a command said is stored stays stored, whatever happens to the machine.
    VEDETTE_TRY(store.connection_.execute("PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL"));
    VEDETTE_TRY(prepare_schema(store.connection_, path));
    VEDETTE_TRY(store.prepare_reading());
    auto insert = store.connection_.prepare(
        "INSERT INTO record(key,type,rdata,owner,ttl) VALUES(?1,?2,?3,?4,?5) "
        "ON CONFLICT DO UPDATE SET ttl=excluded.ttl, owner=excluded.owner");
    auto set_ttl =
        store.connection_.prepare("UPDATE record SET ttl=?3 WHERE key=?1 AND type=?2 AND ttl<>?3");
    auto others = store.connection_.prepare(
        "SELECT count(*) FROM record WHERE key=?1 AND type NOT IN(25,46,47) AND "
        "CASE ?2 WHEN 5 THEN type<>5 OR rdata<>?3 ELSE type=5 END");
    if (!insert) return std::unexpected(insert.error());
    if (!set_ttl) return std::unexpected(set_ttl.error());
    if (!others) return std::unexpected(others.error());
    store.insert_ = std::move(*insert);
    store.set_ttl_ = std::move(*set_ttl);
    store.others_ = std::move(*others);
    return store;
}

Result<void> RecordStore::prepare_reading() {
    auto in_range = connection_.prepare(
        "SELECT owner,type,ttl,rdata FROM record WHERE key>=?1 AND key<?2 ORDER BY key,type,rdata");
    auto any_in_range =
        connection_.prepare("SELECT 1 FROM record WHERE key>=?1 AND key<?2 LIMIT 1");
    if (!in_range) return std::unexpected(in_range.error());
    if (!any_in_range) return std::unexpected(any_in_range.error());
    in_range_ = std::move(*in_range);
    any_in_range_ = std::move(*any_in_range);
    return {};
}

Result<void> RecordStore::begin() {
    changed_ = false;
    changed_owners_.clear();
    return connection_.execute("BEGIN IMMEDIATE");
}

Result<void> RecordStore::commit() {
    if (changed_) {
        VEDETTE_TRY(connection_.execute("UPDATE state SET serial=serial+1"));
        VEDETTE_TRY(log_changes());
    }
    return connection_.execute("COMMIT");
}

void RecordStore::note_change(const std::string& key) {
    changed_ = true;
    if (changed_owners_.size() > kMostLogged) return;
    if (changed_owners_.empty() || changed_owners_.back() != key) changed_owners_.push_back(key);
}

Result<void> RecordStore::log_changes() {
    auto insert = connection_.prepare(
        "INSERT OR IGNORE INTO change(serial,key) VALUES((SELECT serial FROM state),?1)");
    if (!insert) return std::unexpected(insert.error());
    if (changed_owners_.size() > kMostLogged) changed_owners_.assign(1, std::string(kMany));
    for (const std::string& key : changed_owners_) {
        insert->bind_blob(1, as_bytes(key));
        VEDETTE_TRY(insert->run());
    }
    return connection_.execute(fmt::format(
        "DELETE FROM change WHERE serial <= (SELECT serial FROM state) - {}", kLogCommits));
}

Result<std::optional<std::vector<std::string>>> RecordStore::changed_since(std::uint32_t serial) {
    auto statement =
        connection_.prepare("SELECT serial,key FROM change WHERE serial>?1 ORDER BY serial");
    if (!statement) return std::unexpected(statement.error());
    const auto now = this->serial();
    if (!now) return std::unexpected(now.error());
    statement->bind(1, std::int64_t{serial});
    std::vector<std::string> keys;
    std::int64_t known = serial;
    while (true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        const std::int64_t at = statement->integer(0);
        const ByteView key = statement->blob(1);
        // A serial without an entry is that of somebody who does not know of this table.
        if (at > known + 1 || as_text(key) == kMany) return std::nullopt;
        known = at;
        keys.emplace_back(as_text(key));
    }
    if (known != std::int64_t{*now}) return std::nullopt;
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    return keys;
}

Result<void> RecordStore::roll_back() {
    return connection_.execute("ROLLBACK");
}

Result<void> RecordStore::check_cname(const RecordView& record) {
    const std::string key = canonical_key(record.owner);
    bind_key(others_, key, record.type);
    others_.bind_blob(3, record.rdata);
    const auto row = others_.step();
    if (!row) return std::unexpected(row.error());
    const std::int64_t count = others_.integer(0);
    others_.reset();
    if (count == 0) return {};
    return fail(
        ErrorKind::InvalidInput,
        fmt::format("{} {}: a CNAME stands alone (RFC 1034 3.6.2)", render::name_text(record.owner),
                    record.type == kTypeCname ? "has other records" : "has a CNAME"));
}

Result<void> RecordStore::add(const RecordView& record) {
    const bool beside_cname = record.type == 25 || record.type == 46 || record.type == 47;
    if (!beside_cname) VEDETTE_TRY(check_cname(record));
    const std::string key = canonical_key(record.owner);
    bind_key(set_ttl_, key, record.type);
    set_ttl_.bind(3, std::int64_t{record.ttl});
    VEDETTE_TRY(set_ttl_.run());
    bind_key(insert_, key, record.type);
    insert_.bind_blob(3, record.rdata);
    insert_.bind_blob(4, record.owner);
    insert_.bind(5, std::int64_t{record.ttl});
    note_change(key);
    return insert_.run();
}

Result<std::uint64_t> RecordStore::remove(ByteView owner, std::optional<std::uint16_t> type,
                                          std::optional<ByteView> rdata) {
    auto statement = connection_.prepare(
        "DELETE FROM record WHERE key=?1 AND (?2 IS NULL OR type=?2) AND (?3 IS NULL OR rdata=?3)");
    if (!statement) return std::unexpected(statement.error());
    const std::string key = canonical_key(owner);
    statement->bind_blob(1, as_bytes(key));
    if (type)
        statement->bind(2, std::int64_t{*type});
    else
        statement->bind_null(2);
    if (rdata)
        statement->bind_blob(3, *rdata);
    else
        statement->bind_null(3);
    VEDETTE_TRY(statement->run());
    const auto gone = static_cast<std::uint64_t>(connection_.changes());
    if (gone != 0) note_change(key);
    return gone;
}

Result<std::uint32_t> RecordStore::serial() {
    const auto value = connection_.query_integer("SELECT serial FROM state");
    if (!value) return std::unexpected(value.error());
    return static_cast<std::uint32_t>(*value);
}

Result<void> RecordStore::visit(const RecordVisitor& visitor) {
    return visit_tree({}, visitor);
}

Result<void> RecordStore::visit_tree(const std::string& key, const RecordVisitor& visitor) {
    return visit_range(key, end_of_tree(key), visitor);
}

Result<void> RecordStore::visit_owner(const std::string& key, const RecordVisitor& visitor) {
    return visit_range(key, key + '\0', visitor);
}

Result<bool> RecordStore::has_owner(const std::string& key) {
    return any_in_range(key, key + '\0');
}

Result<bool> RecordStore::has_names_below(const std::string& key) {
    return any_in_range(key + '\0', end_of_tree(key));
}

Result<bool> RecordStore::any_in_range(const std::string& first, const std::string& end) {
    any_in_range_.bind_blob(1, as_bytes(first));
    any_in_range_.bind_blob(2, as_bytes(end));
    const auto row = any_in_range_.step();
    any_in_range_.reset();
    return row;
}

Result<void> RecordStore::visit_range(const std::string& first, const std::string& end,
                                      const RecordVisitor& visitor) {
    Statement& statement = in_range_;
    statement.reset();
    statement.bind_blob(1, as_bytes(first));
    statement.bind_blob(2, as_bytes(end));
    while (true) {
        const auto row = statement.step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        const RecordView record{statement.blob(0), static_cast<std::uint16_t>(statement.integer(1)),
                                static_cast<std::uint32_t>(statement.integer(2)),
                                statement.blob(3)};
        // The file may have been written by anything: what is no name is not handed on.
        Result<void> done;
        if (wire::dns::is_wire_name(record.owner))
            done = visitor(record);
        else
            done = fail(ErrorKind::InvalidInput, "the record file holds a damaged name");
        if (done) continue;
        statement.reset();
        return done;
    }
}

}  // namespace vedette::store
