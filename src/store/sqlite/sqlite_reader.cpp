#include "store/sqlite/sqlite_reader.hpp"

#include "store/sqlite/log_query_run.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/store_files.hpp"
#include "store/sqlite/summaries.hpp"

namespace vedette::store {

Result<std::unique_ptr<EventReader>> open_sqlite_reader(const std::string& path) {
    return SqliteReader::open(path);
}

Result<std::unique_ptr<EventReader>> SqliteReader::open(const std::string& path) {
    auto connection = open_for_reading(path);
    if (!connection) return fail(std::move(connection).error(), "cannot read store");
    const auto seed = read_meta(*connection, "seed");
    if (!seed) return fail(seed.error(), "cannot read store " + path);
    return std::make_unique<SqliteReader>(std::move(*connection),
                                          Fingerprinter(static_cast<std::uint64_t>(*seed)), path);
}

template <typename Body>
auto SqliteReader::in_snapshot(Body body) -> decltype(body()) {
    if (Result<void> begun = connection_.execute("BEGIN"); !begun) {
        return std::unexpected(std::move(begun).error());
    }
    auto result = body();
    (void)connection_.execute("COMMIT");  // nothing was written: it cannot lose anything
    return result;
}

Result<void> SqliteReader::logs(const LogQuery& query, const LogVisitor& visit) {
    return in_snapshot([&] { return run_log_query(connection_, print_, query, visit); });
}

Result<std::vector<ClientRow>> SqliteReader::clients(const Filter& filter) {
    return in_snapshot([&] { return find_clients(connection_, print_, filter); });
}

Result<std::vector<LeaseRow>> SqliteReader::leases(const Filter& filter) {
    return in_snapshot([&] { return find_leases(connection_, filter); });
}

Result<std::vector<TopRow>> SqliteReader::top(TopKind kind, const Filter& filter,
                                              std::uint32_t limit) {
    return in_snapshot([&] { return find_top(connection_, print_, kind, filter, limit); });
}

Result<StoreStatistics> SqliteReader::statistics() {
    return in_snapshot([&] { return measure_store(connection_, path_); });
}

}  // namespace vedette::store
