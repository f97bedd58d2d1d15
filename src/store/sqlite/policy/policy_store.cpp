#include "store/sqlite/policy/policy_store.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vedette::store {
namespace {

constexpr std::int64_t kSchemaVersion = 2;
constexpr const char* kSchema = R"sql(
    CREATE TABLE IF NOT EXISTS entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        list TEXT NOT NULL, verdict TEXT NOT NULL, subject TEXT NOT NULL,
        reason TEXT NOT NULL, by TEXT NOT NULL,
        created_ns INTEGER NOT NULL, expires_ns INTEGER, UNIQUE (list, subject));
    CREATE TABLE IF NOT EXISTS modes (
        list TEXT PRIMARY KEY, allow_list INTEGER NOT NULL, learn_until_ns INTEGER) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS baseline (
        sensor TEXT NOT NULL, vlan INTEGER NOT NULL, subnet TEXT NOT NULL,
        dhcp_server TEXT NOT NULL, servers TEXT NOT NULL, seen_ns INTEGER NOT NULL,
        PRIMARY KEY (sensor, vlan, subnet)) WITHOUT ROWID;
)sql";

constexpr PolicyList kLists[] = {PolicyList::Resolvers, PolicyList::Clients};

PolicyList list_of(std::string_view text) noexcept {
    return text == to_text(PolicyList::Clients) ? PolicyList::Clients : PolicyList::Resolvers;
}

void bind_time(Statement& statement, int parameter, Timestamp time) {
    if (time.known()) {
        statement.bind(parameter, time.nanos);
    } else {
        statement.bind_null(parameter);
    }
}

std::vector<IpAddress> parse_addresses(std::string_view text) {
    std::vector<IpAddress> addresses;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (const auto address = IpAddress::parse(text.substr(0, end))) {
            addresses.push_back(*address);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return addresses;
}

Timestamp read_time(const Statement& row, int column) {
    return row.is_null(column) ? kNever : Timestamp{row.integer(column)};
}

}  // namespace

Result<PolicyStore> PolicyStore::open(const std::string& path) {
    auto connection = Connection::open(path, OpenMode::ReadWrite);
    if (!connection) return fail(std::move(connection).error(), "policy");
    VEDETTE_TRY(connection->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
    const auto version = connection->query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version > kSchemaVersion) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} was written by a newer Vedette (schema {}, this one knows {})",
                                path, *version, kSchemaVersion));
    }
    if (*version < kSchemaVersion) {
        VEDETTE_TRY(connection->execute(kSchema));
        VEDETTE_TRY(connection->execute(fmt::format("PRAGMA user_version={}", kSchemaVersion)));
    }
    return PolicyStore(std::move(*connection));
}

/// All of them or none.
template <typename Row, typename Insert>
Result<void> PolicyStore::in_transaction(const std::vector<Row>& rows, Insert insert) {
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    for (const Row& row : rows) {
        if (auto done = insert(row); !done) {
            static_cast<void>(connection_.execute("ROLLBACK"));
            return done;
        }
    }
    return connection_.execute("COMMIT");
}

Result<void> PolicyStore::insert(const char* how, const PolicyEntry& entry) {
    auto statement = connection_.prepare(
        fmt::format("INSERT OR {} INTO entries (list, verdict, subject, reason, by, created_ns, "
                    "expires_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    how));
    if (!statement) return std::unexpected(statement.error());
    statement->bind(1, to_text(entry.list));
    statement->bind(2, to_text(entry.verdict));
    statement->bind(3, entry.subject.text);
    statement->bind(4, entry.reason);
    statement->bind(5, entry.by);
    statement->bind(6, entry.created.nanos);
    bind_time(*statement, 7, entry.expires);
    return statement->run();
}

Result<void> PolicyStore::put(const PolicyEntry& entry) {
    return insert("REPLACE", entry);
}

Result<void> PolicyStore::put_all(const std::vector<PolicyEntry>& entries) {
    return insert_all("REPLACE", entries);
}

Result<void> PolicyStore::propose(const std::vector<PolicyEntry>& entries) {
    return insert_all("IGNORE", entries);
}

Result<void> PolicyStore::insert_all(const char* how, const std::vector<PolicyEntry>& entries) {
    return in_transaction(entries, [&](const PolicyEntry& one) { return insert(how, one); });
}

Result<void> PolicyStore::remove(PolicyList list, const std::string& subject) {
    auto statement = connection_.prepare("DELETE FROM entries WHERE list = ?1 AND subject = ?2");
    if (!statement) return std::unexpected(statement.error());
    statement->bind(1, to_text(list));
    statement->bind(2, subject);
    VEDETTE_TRY(statement->run());
    if (connection_.changes() == 0) {
        return fail(ErrorKind::NotFound,
                    fmt::format("{} is not in the list of {}", subject, to_text(list)));
    }
    return {};
}

Result<std::int64_t> PolicyStore::accept(PolicyList list, std::string_view by) {
    auto statement = connection_.prepare(
        "UPDATE entries SET verdict = ?2, by = ?3 WHERE list = ?1 AND verdict = ?4");
    if (!statement) return std::unexpected(statement.error());
    statement->bind(1, to_text(list));
    statement->bind(2, to_text(PolicyVerdict::Authorize));
    statement->bind(3, by);
    statement->bind(4, to_text(PolicyVerdict::Proposed));
    VEDETTE_TRY(statement->run());
    return connection_.changes();
}

Result<std::vector<PolicyEntry>> PolicyStore::entries() {
    auto rows = connection_.prepare(
        "SELECT id, list, verdict, subject, reason, by, created_ns, expires_ns FROM entries "
        "ORDER BY id");
    if (!rows) return std::unexpected(rows.error());
    std::vector<PolicyEntry> entries;
    while (true) {
        const auto more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return entries;
        PolicyEntry entry;
        entry.id = rows->integer(0);
        entry.list = list_of(rows->text(1));
        const auto verdict = find_policy_verdict(rows->text(2));
        auto subject = parse_policy_subject(entry.list, rows->text(3));
        if (!verdict || !subject) {
            return fail(ErrorKind::InvalidInput,
                        fmt::format("entry {} of the policy file cannot be read", entry.id));
        }
        entry.verdict = *verdict;
        entry.subject = std::move(*subject);
        entry.reason = rows->text(4);
        entry.by = rows->text(5);
        entry.created = {rows->integer(6)};
        entry.expires = read_time(*rows, 7);
        entries.push_back(std::move(entry));
    }
}

Result<void> PolicyStore::set_mode(PolicyList list, const PolicyMode& mode) {
    auto statement = connection_.prepare("INSERT OR REPLACE INTO modes VALUES (?1, ?2, ?3)");
    if (!statement) return std::unexpected(statement.error());
    statement->bind(1, to_text(list));
    statement->bind(2, static_cast<std::int64_t>(mode.allow_list));
    bind_time(*statement, 3, mode.learn_until);
    return statement->run();
}

Result<PolicyModes> PolicyStore::modes() {
    PolicyModes modes{};
    for (const PolicyList list : kLists) {
        auto row =
            connection_.prepare("SELECT allow_list, learn_until_ns FROM modes WHERE list = ?1");
        if (!row) return std::unexpected(row.error());
        row->bind(1, to_text(list));
        const auto found = row->step();
        if (!found) return std::unexpected(found.error());
        if (!*found) continue;
        modes[static_cast<std::size_t>(list)] = {row->integer(0) != 0, read_time(*row, 1)};
    }
    return modes;
}

Result<void> PolicyStore::insert(const BaselineNetwork& network) {
    auto statement =
        connection_.prepare("INSERT OR REPLACE INTO baseline VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (!statement) return std::unexpected(statement.error());
    // Bound texts are not copied.
    const std::string subnet = network.subnet.to_text();
    const std::string giver = network.dhcp_server.to_text();
    std::string servers;
    for (const IpAddress& server : network.servers)
        servers += (servers.empty() ? "" : " ") + server.to_text();
    statement->bind(1, network.sensor);
    statement->bind(2, std::int64_t{network.vlan});
    statement->bind(3, subnet);
    statement->bind(4, giver);
    statement->bind(5, servers);
    statement->bind(6, network.seen.nanos);
    return statement->run();
}

Result<void> PolicyStore::keep_baseline(const std::vector<BaselineNetwork>& networks) {
    return in_transaction(networks, [this](const BaselineNetwork& one) { return insert(one); });
}

Result<std::vector<BaselineNetwork>> PolicyStore::baseline(Timestamp since) {
    auto rows = connection_.prepare(
        "SELECT sensor, vlan, subnet, dhcp_server, servers, seen_ns FROM baseline "
        "WHERE seen_ns >= ?1 ORDER BY seen_ns");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, since.nanos);
    std::vector<BaselineNetwork> networks;
    while (true) {
        const auto more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return networks;
        const auto subnet = Prefix::parse(rows->text(2));
        const auto giver = IpAddress::parse(rows->text(3));
        if (!subnet || !giver) {
            return fail(ErrorKind::InvalidInput, "a baseline of the policy file cannot be read");
        }
        networks.push_back({std::string(rows->text(0)),
                            static_cast<std::uint16_t>(rows->integer(1)),
                            *subnet,
                            *giver,
                            parse_addresses(rows->text(4)),
                            {rows->integer(5)}});
    }
}

Result<std::int64_t> PolicyStore::data_version() {
    return connection_.query_integer("PRAGMA data_version");
}

}  // namespace vedette::store
