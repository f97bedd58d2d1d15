// Everything of a writer that touches the database: transactions, the index of the open segment,
// retention. Free of threads: SqliteWriter calls it from one thread at a time. Knows which events
// are not yet committed, so that what a full disk undoes can be counted.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/dictionary_sweep.hpp"
#include "store/sqlite/event_encoder.hpp"
#include "store/sqlite/job_writer.hpp"
#include "store/sqlite/retainer.hpp"
#include "store/sqlite/segment_index.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace vedette::store {

class Storage {
  public:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] static Result<std::unique_ptr<Storage>> open(const SqliteWriterOptions& options);
    /// For open().
    explicit Storage(SqliteWriterOptions options) : options_(std::move(options)) {}

    /// Writes a job into the open transaction (beginning one), commits when it is large. On failure
    /// everything uncommitted is undone.
    [[nodiscard]] Result<void> write(const WriteJob& job);
    /// Makes everything written durable. On failure everything uncommitted is undone.
    [[nodiscard]] Result<void> commit();
    /// Undoes what is uncommitted and says how many events that was, once.
    [[nodiscard]] std::uint64_t take_lost() noexcept;
    /// After a failure: tries whether the store can be written again, and makes an encoder that
    /// agrees with the file. `not_stored` is recorded.
    [[nodiscard]] Result<std::unique_ptr<EventEncoder>> restart(std::uint64_t not_stored);

    /// Whether the sweep waits for turn_sweep().
    [[nodiscard]] bool sweep_ready() const noexcept {
        return sweep_.phase() == DictionarySweep::Phase::Ready;
    }
    /// With every job written: lets the encoder forget what is about to be deleted.
    [[nodiscard]] Result<void> turn_sweep(EventEncoder& encoder);

    /// When the open transaction began; nothing is pending otherwise.
    [[nodiscard]] bool pending() const noexcept { return pending_; }
    [[nodiscard]] Clock::time_point pending_since() const noexcept { return pending_since_; }
    [[nodiscard]] const WriterStatistics& committed() const noexcept { return committed_; }
    [[nodiscard]] Connection& connection() noexcept { return connection_; }

  private:
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> write_in_transaction(const WriteJob& job);
    [[nodiscard]] Result<void> reload_index();
    [[nodiscard]] Result<void> maintain();
    [[nodiscard]] Result<void> write_clients();
    void merge_clients(const WriteJob& job);
    [[nodiscard]] Result<void> start_sweep_if_due();
    void roll_back() noexcept;

    SqliteWriterOptions options_;
    Connection connection_;
    JobWriter jobs_;  // after connection_: statements die first
    SegmentIndex index_;
    Retainer retainer_;
    DictionarySweep sweep_;
    std::int64_t dropped_since_sweep_ = 0;
    WriterStatistics committed_;
    WriterStatistics uncommitted_;
    std::vector<ClientChange> clients_;  // of the open transaction
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> client_index_;  // by MAC
    std::uint64_t uncommitted_events_ = 0;
    std::uint64_t lost_events_ = 0;
    bool pending_ = false;
    Clock::time_point pending_since_;
};

}  // namespace vedette::store
