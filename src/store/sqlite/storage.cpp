#include "store/sqlite/storage.hpp"

#include <algorithm>

#include "store/sqlite/schema.hpp"
#include "store/sqlite/store_files.hpp"

namespace vedette::store {
namespace {

/// A transaction of this many rows is committed without waiting for the clock.
constexpr std::uint64_t kRowsPerCommit = 65'536;
/// Rows that retention and the sweep may handle per commit even when it brought fewer: some 10 ms.
constexpr std::int64_t kMaintainRows = 16'384;
/// A sweep is due when one row was dropped per this many that are left.
constexpr std::int64_t kDroppedPerSweep = 3;

}  // namespace

Result<std::unique_ptr<Storage>> Storage::open(const SqliteWriterOptions& options) {
    auto storage = std::make_unique<Storage>(options);
    auto connection = open_for_writing(options.path);
    if (!connection) return fail(std::move(connection).error(), options.path);
    storage->connection_ = std::move(*connection);
    if (options.hard_limit_bytes != 0) {
        const auto page = storage->connection_.query_integer("PRAGMA page_size");
        if (!page) return std::unexpected(page.error());
        const std::uint64_t pages = options.hard_limit_bytes / static_cast<std::uint64_t>(*page);
        VEDETTE_TRY(storage->connection_.execute("PRAGMA max_page_count=" + std::to_string(pages)));
    }
    auto jobs = JobWriter::make(storage->connection_);
    if (!jobs) return fail(std::move(jobs).error(), options.path);
    storage->jobs_ = std::move(*jobs);
    auto index = SegmentIndex::make(storage->connection_);
    if (!index) return fail(std::move(index).error(), options.path);
    storage->index_ = std::move(*index);
    auto retainer = Retainer::make(storage->connection_, options.retention);
    if (!retainer) return fail(std::move(retainer).error(), options.path);
    storage->retainer_ = std::move(*retainer);
    storage->sweep_.attach(storage->connection_);
    VEDETTE_TRY(storage->reload_index());
    return storage;
}

Result<void> Storage::begin() {
    if (pending_) return {};
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    pending_ = true;
    pending_since_ = Clock::now();
    return {};
}

/// One transaction: segments that become full while rows are read are written in it.
Result<void> Storage::reload_index() {
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    Result<void> done = index_.reload();
    if (done) done = connection_.execute("COMMIT");
    if (!done && connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
    return done;
}

Result<void> Storage::write_in_transaction(const WriteJob& job) {
    VEDETTE_TRY(begin());
    VEDETTE_TRY(jobs_.write(job));
    for (const DnsRow& row : job.rows) {
        retainer_.note_time(row.time);
    }
    merge_clients(job);
    return index_.add(job);
}

Result<void> Storage::write(const WriteJob& job) {
    uncommitted_events_ += job.events();
    uncommitted_.transactions += job.rows.size();
    uncommitted_.dhcp_messages += job.slow.dhcp.size();
    if (Result<void> done = write_in_transaction(job); !done) {
        roll_back();
        return done;
    }
    return uncommitted_.transactions >= kRowsPerCommit ? commit() : Result<void>{};
}

Result<void> Storage::commit() {
    if (!pending_) return {};
    Result<void> done = write_clients();
    if (done) done = maintain();
    if (done) done = connection_.execute("COMMIT");
    if (!done) {
        roll_back();
        return done;
    }
    pending_ = false;
    committed_.transactions += uncommitted_.transactions;
    committed_.dhcp_messages += uncommitted_.dhcp_messages;
    ++committed_.commits;
    uncommitted_ = {};
    uncommitted_events_ = 0;
    return {};
}

/// Retention and the sweep ride along with every commit, in proportion to what it brought.
Result<void> Storage::maintain() {
    const auto rows = static_cast<std::int64_t>(uncommitted_.transactions);
    VEDETTE_TRY(retainer_.step(std::max(kMaintainRows, 2 * rows)));
    dropped_since_sweep_ += retainer_.take_dropped();
    VEDETTE_TRY(start_sweep_if_due());
    return sweep_.step(std::max(kMaintainRows, 2 * rows));
}

/// A sweep walks every row that is left, so it waits until enough are gone to be worth it.
Result<void> Storage::start_sweep_if_due() {
    if (dropped_since_sweep_ == 0 || sweep_.phase() != DictionarySweep::Phase::Idle) return {};
    const auto left = connection_.query_integer(kRowCountQuery);
    if (!left) return std::unexpected(left.error());
    if (dropped_since_sweep_ * kDroppedPerSweep < *left) return {};
    dropped_since_sweep_ = 0;
    return sweep_.start();
}

Result<void> Storage::turn_sweep(EventEncoder& encoder) {
    if (!sweep_ready()) return {};
    VEDETTE_TRY(begin());
    if (Result<void> done = sweep_.finish_marks(); !done) {
        roll_back();
        return done;
    }
    encoder.forget_garbage(sweep_);
    return {};
}

/// A busy client is in every job; its row is touched once per commit.
void Storage::merge_clients(const WriteJob& job) {
    for (const ClientChange& change : job.clients) {
        const auto [entry, fresh] = client_index_.try_emplace(
            change.mac.to_u64(), static_cast<std::uint32_t>(clients_.size()));
        if (fresh) {
            clients_.push_back(change);
            continue;
        }
        ClientChange& sum = clients_[entry->second];
        sum.first = std::min(sum.first, change.first);
        sum.last = std::max(sum.last, change.last);
        sum.queries += change.queries;
        sum.answers += change.answers;
        sum.dhcp_messages += change.dhcp_messages;
    }
}

Result<void> Storage::write_clients() {
    Result<void> done = jobs_.write_clients(clients_);
    clients_.clear();
    client_index_.clear();
    return done;
}

void Storage::roll_back() noexcept {
    clients_.clear();
    client_index_.clear();
    retainer_.start_over();
    sweep_.abandon();
    if (connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
    jobs_.forget_position();
    pending_ = false;
    lost_events_ += uncommitted_events_;
    uncommitted_events_ = 0;
    uncommitted_ = {};
}

std::uint64_t Storage::take_lost() noexcept {
    return std::exchange(lost_events_, 0);
}

Result<std::unique_ptr<EventEncoder>> Storage::restart(std::uint64_t not_stored) {
    // A checkpoint makes room inside the write-ahead log; it may fail for the same reason.
    (void)connection_.execute("PRAGMA wal_checkpoint(PASSIVE)");
    VEDETTE_TRY(connection_.execute("BEGIN IMMEDIATE"));
    Result<void> probe =
        write_meta(connection_, "not_stored", static_cast<std::int64_t>(not_stored));
    if (probe) probe = connection_.execute("COMMIT");
    if (!probe) {
        if (connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
        return std::unexpected(std::move(probe).error());
    }
    VEDETTE_TRY(reload_index());
    return load_encoder(connection_);
}

}  // namespace vedette::store
