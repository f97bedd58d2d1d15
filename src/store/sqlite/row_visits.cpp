#include "store/sqlite/row_visits.hpp"

#include "store/sqlite/query_plan.hpp"
#include "store/sqlite/row_scan.hpp"

namespace vedette::store {

Result<void> each_row(Statement& statement, const RowVisit& visit) {
    for (;;) {
        const Result<bool> more = statement.step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        visit(statement);
    }
}

Result<void> each_row(Connection& connection, const std::string& sql, const RowVisit& visit) {
    auto statement = connection.prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    return each_row(*statement, visit);
}

Result<void> each_match(Connection& connection, const Fingerprinter& print, const Filter& filter,
                        std::int64_t after_row, const MatchVisit& visit) {
    auto catalog = Catalog::make(connection);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    RowFilter rows(filter, *catalog);
    auto plan = make_plan(filter, print, *catalog, rows);
    if (!plan) return std::unexpected(std::move(plan).error());
    auto scan = RowScan::make(connection, *plan, rows);
    if (!scan) return std::unexpected(std::move(scan).error());
    for (const ScanPart& part : scan->parts()) {
        if (part.last_row <= after_row) continue;
        VEDETTE_TRY(scan->scan(part, Direction::Forward, [&](const RawRow& row) {
            visit(*catalog, row);
            return true;
        }));
    }
    return {};
}

}  // namespace vedette::store
