// The writer's two threads: the caller's turns events into rows (append), the storage thread puts
// them into the file. Between them a bounded queue of jobs; a full queue makes append() wait.
// After a full disk the queue's jobs are counted as lost, because they lean on dictionary entries
// that were undone, and append() starts over from what the file holds as soon as it can.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/event_store.hpp"
#include "store/sqlite/storage.hpp"
#include "sys/file/append_file.hpp"

namespace vedette::store {

class SqliteWriter final : public EventWriter {
  public:
    [[nodiscard]] static Result<std::unique_ptr<EventWriter>> open(SqliteWriterOptions options);
    /// For open().
    SqliteWriter(SqliteWriterOptions options, sys::FileLock lock, std::unique_ptr<Storage> storage,
                 std::unique_ptr<EventEncoder> encoder, std::uint64_t not_stored);
    ~SqliteWriter() override;
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    [[nodiscard]] Result<void> append(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] WriterStatistics statistics() const noexcept override;
    [[nodiscard]] bool degraded() const noexcept override;

  private:
    using Lock = std::unique_lock<std::mutex>;

    void run();
    void work(Lock& lock);
    void settle(Lock& lock, Result<void> done);
    [[nodiscard]] bool recover(Lock& lock);
    void turn_sweep(Lock& lock);
    [[nodiscard]] std::unique_ptr<WriteJob> take_job();

    const SqliteWriterOptions options_;
    sys::FileLock file_lock_;
    std::unique_ptr<Storage> storage_;       // used by whoever set busy_
    std::unique_ptr<EventEncoder> encoder_;  // the caller's thread

    mutable std::mutex mutex_;  // guards everything below
    std::condition_variable work_ready_;
    std::condition_variable work_done_;
    std::deque<std::unique_ptr<WriteJob>> queue_;
    std::vector<std::unique_ptr<WriteJob>> free_jobs_;
    std::size_t queued_rows_ = 0;
    bool busy_ = false;
    bool pending_ = false;  // a transaction is open
    bool flush_wanted_ = false;
    bool stopping_ = false;
    bool degraded_ = false;
    bool sweep_ready_ = false;  // the storage waits for turn_sweep()
    Storage::Clock::time_point commit_due_;
    Storage::Clock::time_point retry_at_;
    std::optional<Error> broken_;  // neither full nor working: told to every caller
    WriterStatistics statistics_;
    std::thread thread_;
};

}  // namespace vedette::store
