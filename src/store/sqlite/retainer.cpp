#include "store/sqlite/retainer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/time.hpp"
#include "store/sqlite/postings.hpp"

namespace vedette::store {
namespace {

/// Pages given back per step: a few milliseconds.
constexpr const char* kGiveBack = "PRAGMA incremental_vacuum(256)";
/// Free pages that are not worth giving back: the next rows use them.
constexpr std::int64_t kKeptFreePages = 512;

Result<std::int64_t> run_with(Connection& connection, const char* sql,
                              std::initializer_list<std::int64_t> values) {
    auto statement = connection.prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    int parameter = 0;
    for (const std::int64_t value : values)
        statement->bind(++parameter, value);
    if (Result<void> done = statement->run(); !done)
        return std::unexpected(std::move(done).error());
    return connection.changes();
}

}  // namespace

Result<Retainer> Retainer::make(Connection& connection, const Retention& retention) {
    Retainer retainer;
    retainer.connection_ = &connection;
    retainer.retention_ = retention;
    const auto page = connection.query_integer("PRAGMA page_size");
    if (!page) return std::unexpected(page.error());
    retainer.page_bytes_ = *page;
    const auto newest = connection.query_integer("SELECT coalesce(max(max_time), 0) FROM segments");
    if (!newest) return std::unexpected(newest.error());
    retainer.newest_ = *newest;
    return retainer;
}

void Retainer::note_time(std::int64_t time) noexcept {
    newest_ = std::max(newest_, time);
}

std::int64_t Retainer::take_dropped() noexcept {
    return std::exchange(dropped_, 0);
}

void Retainer::start_over() noexcept {
    going_.reset();
}

Result<void> Retainer::step(std::int64_t row_budget) {
    if (retention_.max_age.nanos == 0 && retention_.max_bytes == 0) return {};
    while (row_budget > 0) {
        if (!going_) VEDETTE_TRY(pick());
        if (!going_) break;
        VEDETTE_TRY(drop_rows(row_budget));
        if (going_->next_row > going_->last_row) VEDETTE_TRY(drop_segment());
    }
    return retention_.max_bytes != 0 ? give_back_pages() : Result<void>{};
}

/// Chooses the next segment to go, if any has to.
Result<void> Retainer::pick() {
    if (retention_.max_age.nanos != 0) {
        // A capture may claim to be from the future; that must not empty the store.
        const std::int64_t now = std::min(newest_, SystemClock().now().nanos);
        VEDETTE_TRY(
            pick_first("SELECT id, first_row, last_row, max_time FROM segments WHERE "
                       "max_time < ? ORDER BY id LIMIT 1",
                       now - retention_.max_age.nanos));
        if (going_) return {};
    }
    const Result<bool> large = is_too_large();
    if (!large) return std::unexpected(large.error());
    if (!*large) return {};
    return pick_first(
        "SELECT id, first_row, last_row, max_time FROM segments WHERE id > ? ORDER BY id LIMIT 1",
        0);
}

Result<void> Retainer::pick_first(const char* sql, std::int64_t bound) {
    auto segment = connection_->prepare(sql);
    if (!segment) return std::unexpected(std::move(segment).error());
    segment->bind(1, bound);
    const Result<bool> row = segment->step();
    if (!row) return std::unexpected(row.error());
    if (*row) {
        going_ = Going{segment->integer(0), segment->integer(1), segment->integer(2),
                       segment->integer(3)};
    }
    return {};
}

Result<bool> Retainer::is_too_large() {
    if (retention_.max_bytes == 0) return false;
    const auto pages = connection_->query_integer("PRAGMA page_count");
    if (!pages) return std::unexpected(pages.error());
    const auto unused = connection_->query_integer("PRAGMA freelist_count");
    if (!unused) return std::unexpected(unused.error());
    return static_cast<std::uint64_t>((*pages - *unused) * page_bytes_) > retention_.max_bytes;
}

Result<void> Retainer::drop_rows(std::int64_t& row_budget) {
    const std::int64_t last = std::min(going_->last_row, going_->next_row + row_budget - 1);
    const auto rows = run_with(*connection_, "DELETE FROM dns WHERE id BETWEEN ? AND ?",
                               {going_->next_row, last});
    if (!rows) return std::unexpected(rows.error());
    const auto extras = run_with(*connection_, "DELETE FROM dns_extra WHERE id BETWEEN ? AND ?",
                                 {going_->next_row, last});
    if (!extras) return std::unexpected(extras.error());
    dropped_ += *rows;
    row_budget -= last - going_->next_row + 1;
    going_->next_row = last + 1;
    return {};
}

Result<void> Retainer::drop_segment() {
    const Going gone = *going_;
    going_.reset();
    const auto postings = run_with(
        *connection_, "DELETE FROM postings WHERE id >= ? AND id < ?",
        {chunk_id(gone.segment, Dimension{}, 0), chunk_id(gone.segment + 1, Dimension{}, 0)});
    if (!postings) return std::unexpected(postings.error());
    const auto segment =
        run_with(*connection_, "DELETE FROM segments WHERE id = ?", {gone.segment});
    if (!segment) return std::unexpected(segment.error());
    return drop_older(gone.max_time);
}

/// The small tables go with the days they belong to.
Result<void> Retainer::drop_older(std::int64_t time) {
    for (const char* sql :
         {"DELETE FROM dhcp WHERE time <= ?", "DELETE FROM anomalies WHERE time <= ?",
          "DELETE FROM leases WHERE changed <= ?1 AND end <= ?1",
          "DELETE FROM neighbours WHERE last_seen <= ?",
          "DELETE FROM client_addresses WHERE last_seen <= ?",
          "DELETE FROM client_hosts WHERE last_seen <= ?"}) {
        if (const auto done = run_with(*connection_, sql, {time}); !done) {
            return std::unexpected(done.error());
        }
    }
    return {};
}

Result<void> Retainer::give_back_pages() {
    const auto pages = connection_->query_integer("PRAGMA page_count");
    if (!pages) return std::unexpected(pages.error());
    if (static_cast<std::uint64_t>(*pages * page_bytes_) <= retention_.max_bytes) return {};
    const auto unused = connection_->query_integer("PRAGMA freelist_count");
    if (!unused) return std::unexpected(unused.error());
    return *unused > kKeptFreePages ? connection_->execute(kGiveBack) : Result<void>{};
}

}  // namespace vedette::store
