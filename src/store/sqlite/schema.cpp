#include "store/sqlite/schema.hpp"

#include <random>

#include "render/dns_words.hpp"
#include "store/sqlite/schema_steps.hpp"

namespace vedette::store {
namespace {

static_assert(kSchemaSteps.size() == kSchemaVersion);

constexpr unsigned kTypeCodes = 65'536;
constexpr unsigned kRcodes = 4'096;

/// The words of types and rcodes, so that plain SQL can print them.
Result<void> write_words(Connection& connection, const char* table, unsigned count,
                         std::string_view (*word)(std::uint16_t) noexcept) {
    auto insert = connection.prepare(std::string("INSERT OR REPLACE INTO ") + table +
                                     "(code, name) VALUES(?, ?)");
    if (!insert) return std::unexpected(std::move(insert).error());
    for (unsigned code = 0; code < count; ++code) {
        const std::string_view name = word(static_cast<std::uint16_t>(code));
        if (name.empty()) continue;
        insert->bind(1, std::int64_t{code});
        insert->bind(2, name);
        VEDETTE_TRY(insert->run());
    }
    return {};
}

/// The key of fingerprints; never changes in the life of a file.
Result<void> write_seed(Connection& connection) {
    std::random_device device;
    const auto seed = static_cast<std::int64_t>(std::uint64_t{device()} << 32U | device());
    return write_meta(connection, "seed", seed);
}

Result<void> run_step(Connection& connection, int version) {
    VEDETTE_TRY(connection.execute("BEGIN IMMEDIATE"));
    VEDETTE_TRY(connection.execute(kSchemaSteps[static_cast<std::size_t>(version) - 1]));
    if (version == 1) {
        VEDETTE_TRY(connection.execute("PRAGMA application_id=" + std::to_string(kApplicationId)));
        VEDETTE_TRY(write_seed(connection));
        VEDETTE_TRY(write_words(connection, "dns_types", kTypeCodes, render::type_word));
        VEDETTE_TRY(write_words(connection, "dns_rcodes", kRcodes, render::rcode_word));
    }
    VEDETTE_TRY(connection.execute("PRAGMA user_version=" + std::to_string(version)));
    return connection.execute("COMMIT");
}

/// The version of a file, 0 for an empty one.
Result<int> file_version(Connection& connection) {
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    const auto application = connection.query_integer("PRAGMA application_id");
    if (!application) return std::unexpected(application.error());
    const auto tables = connection.query_integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return std::unexpected(tables.error());
    if (*application != kApplicationId && *tables != 0) {
        return fail(ErrorKind::InvalidInput,
                    "this SQLite file holds other tables than Vedette's; choose another file");
    }
    if (*version > kSchemaVersion) {
        return fail(ErrorKind::InvalidInput,
                    "written by a newer Vedette (schema " + std::to_string(*version) +
                        ", this program knows " + std::to_string(kSchemaVersion) +
                        "); upgrade Vedette to read it");
    }
    return static_cast<int>(*version);
}

}  // namespace

Result<void> migrate_to(Connection& connection, int version) {
    const Result<int> current = file_version(connection);
    if (!current) return std::unexpected(current.error());
    for (int next = *current + 1; next <= version; ++next) {
        if (Result<void> done = run_step(connection, next); !done) {
            Error error = std::move(done).error();
            if (connection.in_transaction()) (void)connection.execute("ROLLBACK");
            return fail(std::move(error), "schema step " + std::to_string(next));
        }
    }
    return {};
}

Result<void> migrate(Connection& connection) {
    return migrate_to(connection, kSchemaVersion);
}

Result<void> check_schema(Connection& connection) {
    const Result<int> version = file_version(connection);
    if (!version) return std::unexpected(version.error());
    if (*version == kSchemaVersion) return {};
    if (*version == 0) return fail(ErrorKind::InvalidInput, "the file holds no log");
    return fail(ErrorKind::InvalidInput, "written by an older Vedette (schema " +
                                             std::to_string(*version) +
                                             "); open it once with `vedette watch --store` to "
                                             "upgrade it");
}

Result<std::int64_t> read_meta(Connection& connection, std::string_view key) {
    auto statement = connection.prepare("SELECT value FROM meta WHERE key = ?");
    if (!statement) return std::unexpected(std::move(statement).error());
    statement->bind(1, key);
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<void> write_meta(Connection& connection, std::string_view key, std::int64_t value) {
    auto statement = connection.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)");
    if (!statement) return std::unexpected(std::move(statement).error());
    statement->bind(1, key);
    statement->bind(2, value);
    return statement->run();
}

}  // namespace vedette::store
