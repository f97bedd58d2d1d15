#include "store/sqlite/records/record_store.hpp"

#include <array>

#include <fmt/format.h>

#include "render/name_text.hpp"
#include "wire/dns/name.hpp"

namespace vedette::store {
namespace {

constexpr std::int64_t kApplicationId = 0x56647472;  // "Vdtr", told by file(1) and PRAGMA
constexpr std::int64_t kSchemaVersion = 1;
constexpr std::uint16_t kTypeCname = 5;

constexpr const char* kSchema = R"(
CREATE TABLE record(
    key BLOB NOT NULL, type INTEGER NOT NULL, rdata BLOB NOT NULL,
    owner BLOB NOT NULL, ttl INTEGER NOT NULL,
    PRIMARY KEY(key, type, rdata)) WITHOUT ROWID;
CREATE TABLE state(serial INTEGER NOT NULL);
INSERT INTO state VALUES(1);
)";

Result<void> prepare_schema(Connection& connection, const std::string& path) {
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version > kSchemaVersion)
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} was written by a newer vedette (format {})", path, *version));
    if (*version == kSchemaVersion) return {};
    return connection.execute(
        fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id={};"
                    "PRAGMA user_version={};COMMIT",
                    kSchema, kApplicationId, kSchemaVersion));
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

Result<RecordStore> RecordStore::open(const std::string& path, OpenMode mode) {
    RecordStore store;
    auto connection = Connection::open(path, mode);
    if (!connection) return fail(std::move(connection.error()), "cannot open " + path);
    store.connection_ = std::move(*connection);
    if (mode != OpenMode::ReadWrite) return store;
    // FULL: what a command said is stored stays stored, whatever happens to the machine.
    VEDETTE_TRY(store.connection_.execute("PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL"));
    VEDETTE_TRY(prepare_schema(store.connection_, path));
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

Result<void> RecordStore::begin() {
    changed_ = false;
    return connection_.execute("BEGIN IMMEDIATE");
}

Result<void> RecordStore::commit() {
    if (changed_) VEDETTE_TRY(connection_.execute("UPDATE state SET serial=serial+1"));
    return connection_.execute("COMMIT");
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
    changed_ = true;
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
    changed_ |= gone != 0;
    return gone;
}

Result<std::uint32_t> RecordStore::serial() {
    const auto value = connection_.query_integer("SELECT serial FROM state");
    if (!value) return std::unexpected(value.error());
    return static_cast<std::uint32_t>(*value);
}

Result<void> RecordStore::visit(const RecordVisitor& visitor) {
    auto statement =
        connection_.prepare("SELECT owner,type,ttl,rdata FROM record ORDER BY key,type,rdata");
    if (!statement) return std::unexpected(statement.error());
    while (true) {
        const auto row = statement->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return {};
        const RecordView record{
            statement->blob(0), static_cast<std::uint16_t>(statement->integer(1)),
            static_cast<std::uint32_t>(statement->integer(2)), statement->blob(3)};
        // The file may have been written by anything: what is no name is not handed on.
        if (!wire::dns::is_wire_name(record.owner))
            return fail(ErrorKind::InvalidInput, "the record file holds a damaged name");
        VEDETTE_TRY(visitor(record));
    }
}

}  // namespace vedette::store
