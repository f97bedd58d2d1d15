#include "store/sqlite/row_scan.hpp"

#include <algorithm>
#include <string>

namespace vedette::store {
namespace {

/// Fetching a row by its id costs about six times as much as stepping to it.
constexpr std::uint32_t kFetchCost = 6;
/// From this many keys on, reading every chunk of the side beats a search per key.
constexpr std::size_t kManyKeys = 64;

}  // namespace

Result<RowScan> RowScan::make(Connection& connection, const QueryPlan& plan, RowFilter& filter) {
    RowScan scan;
    scan.connection_ = &connection;
    scan.plan_ = &plan;
    scan.filter_ = &filter;
    const auto prepare = [&](Statement& out, const std::string& sql) -> Result<void> {
        auto statement = connection.prepare(sql);
        if (!statement) return std::unexpected(std::move(statement).error());
        out = std::move(*statement);
        return {};
    };
    const std::string select = std::string("SELECT ") + kRawColumns + " FROM dns WHERE ";
    VEDETTE_TRY(prepare(scan.forward_, select + "id BETWEEN ? AND ? ORDER BY id"));
    VEDETTE_TRY(prepare(scan.backward_, select + "id BETWEEN ? AND ? ORDER BY id DESC"));
    VEDETTE_TRY(prepare(scan.single_, select + "id = ?"));
    VEDETTE_TRY(prepare(scan.chunk_,
                        "SELECT id, data FROM postings WHERE id BETWEEN ? AND ? "
                        "ORDER BY id DESC LIMIT 1"));
    VEDETTE_TRY(prepare(scan.chunks_,
                        "SELECT id, data FROM postings WHERE id BETWEEN ? AND ? ORDER BY id"));
    if (plan.dns) VEDETTE_TRY(scan.load_parts());
    return scan;
}

Result<void> RowScan::load_parts() {
    auto segments = connection_->prepare(
        "SELECT id, first_row, last_row, min_time, max_time, disorder FROM segments "
        "WHERE max_time >= ? AND min_time <= ?");
    if (!segments) return std::unexpected(std::move(segments).error());
    segments->bind(1, plan_->min_time);
    segments->bind(2, plan_->max_time);
    for (;;) {
        const Result<bool> more = segments->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        parts_.push_back({segments->integer(0), segments->integer(1), segments->integer(2),
                          segments->integer(3), segments->integer(4), segments->integer(5)});
    }
    const auto last = connection_->query_integer("SELECT max(last_row) FROM segments");
    if (!last) return std::unexpected(last.error());
    auto tail =
        connection_->prepare("SELECT min(id), max(id), min(time), max(time) FROM dns WHERE id > ?");
    if (!tail) return std::unexpected(std::move(tail).error());
    tail->bind(1, *last);
    const Result<bool> row = tail->step();
    if (!row) return std::unexpected(row.error());
    if (!*row || tail->is_null(0)) return {};
    const ScanPart part{0,
                        tail->integer(0),
                        tail->integer(1),
                        tail->integer(2),
                        tail->integer(3),
                        tail->integer(3) - tail->integer(2)};
    if (part.max_time >= plan_->min_time && part.min_time <= plan_->max_time) {
        parts_.push_back(part);
    }
    return {};
}

Result<void> RowScan::scan(const ScanPart& part, Direction direction, const Visit& visit) {
    if (part.segment == 0 || plan_->terms.empty()) {
        return scan_range(part, nullptr, direction, visit);
    }
    RowSet rows;
    VEDETTE_TRY(find_rows(part, rows));
    const std::uint32_t found = rows.count();
    if (found == 0) return {};
    const auto all = static_cast<std::uint64_t>(part.last_row - part.first_row + 1);
    return std::uint64_t{found} * kFetchCost < all ? scan_rows(part, rows, direction, visit)
                                                   : scan_range(part, &rows, direction, visit);
}

Result<void> RowScan::find_rows(const ScanPart& part, RowSet& rows) {
    rows.fill();
    RowSet term_rows;
    for (const IndexTerm& term : plan_->terms) {
        term_rows.clear();
        for (const KeySet& set : term)
            VEDETTE_TRY(add_keys(part.segment, set, term_rows));
        rows.intersect(term_rows);
        if (rows.count() == 0) return {};
    }
    return {};
}

Result<void> RowScan::add_keys(std::int64_t segment, const KeySet& set, RowSet& rows) {
    if (set.keys.empty()) return {};
    if (set.keys.size() <= kManyKeys) {
        for (std::size_t i = 0; i < set.keys.size(); ++i) {
            VEDETTE_TRY(add_key(segment, set, i, rows));
        }
        return {};
    }
    chunks_.bind(1, chunk_id(segment, set.dimension, 0));
    chunks_.bind(2, chunk_id(segment, set.dimension, set.keys.back()));
    for (;;) {
        const Result<bool> more = chunks_.step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        const auto first = static_cast<std::uint32_t>(chunks_.integer(0));
        if (!read_chunk(chunks_.blob(1), first, set.keys, rows)) {
            chunks_.reset();
            return fail(ErrorKind::InvalidInput, "the index of the store is damaged");
        }
    }
}

Result<void> RowScan::add_key(std::int64_t segment, const KeySet& set, std::size_t index,
                              RowSet& rows) {
    const std::vector<std::uint32_t> key{set.keys[index]};
    chunk_.bind(1, chunk_id(segment, set.dimension, 0));
    chunk_.bind(2, chunk_id(segment, set.dimension, key.front()));
    const Result<bool> found = chunk_.step();
    if (!found) return std::unexpected(found.error());
    const bool sound =
        !*found ||
        read_chunk(chunk_.blob(1), static_cast<std::uint32_t>(chunk_.integer(0)), key, rows);
    chunk_.reset();
    if (sound) return {};
    return fail(ErrorKind::InvalidInput, "the index of the store is damaged");
}

bool RowScan::offer(const RawRow& row, const Visit& visit) {
    if (row.time < plan_->min_time || row.time > plan_->max_time) return true;
    return !filter_->accepts(row) || visit(row);
}

Result<void> RowScan::scan_range(const ScanPart& part, const RowSet* rows, Direction direction,
                                 const Visit& visit) {
    Statement& statement = direction == Direction::Forward ? forward_ : backward_;
    statement.bind(1, part.first_row);
    statement.bind(2, part.last_row);
    for (;;) {
        const Result<bool> more = statement.step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        if (rows != nullptr &&
            !rows->has(static_cast<std::uint32_t>(statement.integer(0) - part.first_row))) {
            continue;
        }
        if (!offer(read_raw(statement), visit)) break;
    }
    statement.reset();
    return {};
}

Result<void> RowScan::scan_rows(const ScanPart& part, const RowSet& rows, Direction direction,
                                const Visit& visit) {
    std::vector<std::uint16_t> offsets = rows.rows();
    if (direction == Direction::Backward) std::ranges::reverse(offsets);
    for (const std::uint16_t offset : offsets) {
        single_.bind(1, part.first_row + offset);
        const Result<bool> found = single_.step();
        if (!found) return std::unexpected(found.error());
        if (!*found) continue;  // dropped by retention
        const RawRow row = read_raw(single_);
        single_.reset();
        if (!offer(row, visit)) break;
    }
    return {};
}

}  // namespace vedette::store
