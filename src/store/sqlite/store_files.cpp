#include "store/sqlite/store_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "render/name_text.hpp"
#include "store/sqlite/enum_text.hpp"
#include "store/sqlite/schema.hpp"

namespace vedette::store {
namespace {

constexpr const char* kWriterSettings =
    "PRAGMA page_size=8192;"
    "PRAGMA auto_vacuum=INCREMENTAL;"  // only counts when the file is made
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"       // a killed process loses nothing that was committed
    "PRAGMA wal_autocheckpoint=2000;"  // 16 MiB
    "PRAGMA journal_size_limit=67108864;"
    "PRAGMA secure_delete=OFF;"
    "PRAGMA cache_size=-16384;"
    "PRAGMA temp_store=MEMORY;";
constexpr const char* kReaderSettings =
    "PRAGMA query_only=ON;"
    "PRAGMA mmap_size=2147418112;"  // SQLite's limit
    "PRAGMA cache_size=-16384;";

using Row = std::function<void(Statement&)>;

Result<void> for_each(Connection& connection, const std::string& sql, const Row& row) {
    auto statement = connection.prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    for (;;) {
        const Result<bool> more = statement->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        row(*statement);
    }
}

/// In ascending order: what is seeded last is forgotten last.
std::string newest(const char* columns, const char* table) {
    return std::string("SELECT ") + columns + " FROM " + table +
           " WHERE id > (SELECT max(id) FROM " + table + ") - " + std::to_string(kSeedEntries) +
           " ORDER BY id";
}

std::uint32_t id_of(const Statement& row, int column) {
    return static_cast<std::uint32_t>(row.integer(column));
}

Result<NextIds> load_next_ids(Connection& connection) {
    NextIds next;
    const auto load = [&](const char* table, auto& id) -> Result<void> {
        const auto last = connection.query_integer(std::string("SELECT max(id) FROM ") + table);
        if (!last) return std::unexpected(last.error());
        id = static_cast<std::remove_reference_t<decltype(id)>>(*last + 1);
        return {};
    };
    VEDETTE_TRY(load("dns", next.row));
    std::int64_t indexed = 0;
    VEDETTE_TRY(([&]() -> Result<void> {
        const auto last = connection.query_integer("SELECT max(last_row) FROM segments");
        if (!last) return std::unexpected(last.error());
        indexed = *last;
        return {};
    }()));
    next.row = std::max(next.row, indexed + 1);
    VEDETTE_TRY(load("vendors", next.vendor));
    VEDETTE_TRY(load("hosts", next.host));
    VEDETTE_TRY(load("servers", next.server));
    VEDETTE_TRY(load("forms", next.form));
    VEDETTE_TRY(load("names", next.name));
    VEDETTE_TRY(load("rdata", next.answers.rdata));
    VEDETTE_TRY(load("records", next.answers.record));
    VEDETTE_TRY(load("answers", next.answers.answer));
    return next;
}

Result<void> load_names(Connection& connection, EventEncoder& encoder) {
    FoldedName folded;
    const Row seed = [&](Statement& row) {
        const auto name = render::parse_name(row.text(1));
        if (!name) return;
        fold_name(name->view(), folded);
        encoder.names().seed(folded.view(), id_of(row, 0));
    };
    VEDETTE_TRY(for_each(connection, newest("id, name", "names"), seed));
    const std::string lively =
        "SELECT id, name FROM names WHERE id IN (SELECT name FROM dns WHERE "
        "id > (SELECT max(id) FROM dns) - " +
        std::to_string(kSeedRows) + ")";
    return for_each(connection, lively, seed);
}

std::vector<std::uint32_t> parse_ids(std::string_view json) {
    std::vector<std::uint32_t> ids;
    const char* at = json.data();
    const char* end = at + json.size();
    while (at < end) {
        std::uint32_t id = 0;
        const auto parsed = std::from_chars(at, end, id);
        if (parsed.ec == std::errc()) ids.push_back(id);
        at = parsed.ec == std::errc() ? parsed.ptr : at + 1;
    }
    return ids;
}

Result<void> load_answers(Connection& connection, EventEncoder& encoder) {
    VEDETTE_TRY(for_each(connection, newest("id, text", "rdata"), [&](Statement& row) {
        encoder.answers().seed_rdata(row.text(1), id_of(row, 0));
    }));
    VEDETTE_TRY(for_each(
        connection, newest("id, owner, rdata, type, class", "records"), [&](Statement& row) {
            encoder.answers().seed_record({id_of(row, 0), id_of(row, 1), id_of(row, 2),
                                           static_cast<std::uint16_t>(row.integer(3)),
                                           static_cast<std::uint16_t>(row.integer(4))});
        }));
    return for_each(
        connection, newest("id, answer, authority, additional", "answers"), [&](Statement& row) {
            encoder.answers().seed_answer(
                {parse_ids(row.text(1)), parse_ids(row.text(2)), parse_ids(row.text(3))},
                id_of(row, 0));
        });
}

Result<void> load_parties(Connection& connection, EventEncoder& encoder) {
    VEDETTE_TRY(for_each(connection, newest("id, name", "vendors"),
                         [&](Statement& row) { encoder.seed_vendor(row.text(1), id_of(row, 0)); }));
    VEDETTE_TRY(for_each(connection, newest(kHostColumns, "hosts"), [&](Statement& row) {
        encoder.seed_host(read_host(row), row.text(4), row.text(10));
    }));
    VEDETTE_TRY(for_each(connection, newest("id, ip, port", "servers"), [&](Statement& row) {
        encoder.seed_server(
            {id_of(row, 0), static_cast<std::uint16_t>(row.integer(2)), parse_ip(row.text(1))});
    }));
    return for_each(connection, newest(kFormColumns, "forms"),
                    [&](Statement& row) { encoder.seed_form(read_form(row)); });
}

/// A store nobody writes now, in a folder where SQLite may not make its side files.
bool must_be_immutable(const std::string& path) {
    struct stat side{};
    if (::stat((path + "-wal").c_str(), &side) == 0 && side.st_size > 0) return false;
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    return ::access(folder.c_str(), W_OK) != 0 && ::stat((path + "-shm").c_str(), &side) != 0;
}

}  // namespace

Result<Connection> open_for_writing(const std::string& path) {
    auto connection = Connection::open(path, OpenMode::ReadWrite);
    if (!connection) return connection;
    VEDETTE_TRY(connection->execute(kWriterSettings));
    VEDETTE_TRY(migrate(*connection));
    return connection;
}

Result<Connection> open_for_reading(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0) {
        return fail(ErrorKind::NotFound, path + ": no such store");
    }
    if (::access(path.c_str(), R_OK) != 0) {
        return fail(ErrorKind::Permission, path + ": not readable by this user");
    }
    auto connection =
        Connection::open(path, must_be_immutable(path) ? OpenMode::Immutable : OpenMode::ReadOnly);
    if (!connection) return connection;
    if (auto ready = connection->execute(kReaderSettings); !ready) {
        return fail(std::move(ready).error(), path);
    }
    if (auto known = check_schema(*connection); !known) return fail(std::move(known).error(), path);
    return connection;
}

Result<std::unique_ptr<EventEncoder>> load_encoder(Connection& connection) {
    const auto seed = read_meta(connection, "seed");
    if (!seed) return std::unexpected(seed.error());
    const auto next = load_next_ids(connection);
    if (!next) return std::unexpected(next.error());
    auto encoder = std::make_unique<EventEncoder>(static_cast<std::uint64_t>(*seed), *next);
    VEDETTE_TRY(load_parties(connection, *encoder));
    VEDETTE_TRY(load_names(connection, *encoder));
    VEDETTE_TRY(load_answers(connection, *encoder));
    return encoder;
}

}  // namespace vedette::store
