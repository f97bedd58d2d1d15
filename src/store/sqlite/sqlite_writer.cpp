#include "store/sqlite/sqlite_writer.hpp"

#include <utility>

#include "store/sqlite/schema.hpp"
#include "store/sqlite/store_files.hpp"

namespace vedette::store {
namespace {

/// Rows and jobs that may wait between the threads.
constexpr std::size_t kMaxQueuedRows = 65'536;
constexpr std::size_t kMaxQueuedJobs = 64;
/// Jobs that grew larger than this are not kept for reuse.
constexpr std::size_t kKeepJobBytes = 8U << 20U;

}  // namespace

Result<std::unique_ptr<EventWriter>> open_sqlite_writer(SqliteWriterOptions options) {
    return SqliteWriter::open(std::move(options));
}

Result<std::unique_ptr<EventWriter>> SqliteWriter::open(SqliteWriterOptions options) {
    auto lock = sys::FileLock::acquire(options.path + "-lock");
    if (!lock) return fail(std::move(lock).error(), "cannot write to store " + options.path);
    auto storage = Storage::open(options);
    if (!storage) return fail(std::move(storage).error(), "cannot open store");
    auto encoder = load_encoder((*storage)->connection());
    if (!encoder) return fail(std::move(encoder).error(), "cannot read store " + options.path);
    const auto not_stored = read_meta((*storage)->connection(), "not_stored");
    if (!not_stored) return std::unexpected(not_stored.error());
    return std::make_unique<SqliteWriter>(std::move(options), std::move(*lock), std::move(*storage),
                                          std::move(*encoder),
                                          static_cast<std::uint64_t>(*not_stored));
}

SqliteWriter::SqliteWriter(SqliteWriterOptions options, sys::FileLock lock,
                           std::unique_ptr<Storage> storage, std::unique_ptr<EventEncoder> encoder,
                           std::uint64_t not_stored)
    : options_(std::move(options)),
      file_lock_(std::move(lock)),
      storage_(std::move(storage)),
      encoder_(std::move(encoder)) {
    statistics_.not_stored = not_stored;
    thread_ = std::thread([this] { run(); });
}

SqliteWriter::~SqliteWriter() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
    }
    work_ready_.notify_all();
    thread_.join();
}

Result<void> SqliteWriter::append(const EventBatch& batch) {
    if (batch.empty()) return {};
    Lock lock(mutex_);
    if (broken_) return std::unexpected(*broken_);
    if (degraded_ && !recover(lock)) {
        statistics_.not_stored += batch.size();
        return broken_ ? Result<void>(std::unexpected(*broken_)) : Result<void>{};
    }
    if (sweep_ready_) turn_sweep(lock);
    std::unique_ptr<WriteJob> job = take_job();
    lock.unlock();
    encoder_->encode(batch, *job);
    lock.lock();
    work_done_.wait(
        lock, [this] { return queued_rows_ < kMaxQueuedRows && queue_.size() < kMaxQueuedJobs; });
    if (degraded_ || broken_) {
        statistics_.not_stored += job->events();
        return broken_ ? Result<void>(std::unexpected(*broken_)) : Result<void>{};
    }
    queued_rows_ += job->events();
    queue_.push_back(std::move(job));
    work_ready_.notify_one();
    return {};
}

Result<void> SqliteWriter::flush() {
    Lock lock(mutex_);
    flush_wanted_ = true;
    work_ready_.notify_one();
    work_done_.wait(lock, [this] { return !flush_wanted_; });
    if (broken_) return std::unexpected(*broken_);
    return {};
}

WriterStatistics SqliteWriter::statistics() const noexcept {
    const Lock lock(mutex_);
    return statistics_;
}

bool SqliteWriter::degraded() const noexcept {
    const Lock lock(mutex_);
    return degraded_;
}

std::unique_ptr<WriteJob> SqliteWriter::take_job() {
    if (free_jobs_.empty()) return std::make_unique<WriteJob>();
    std::unique_ptr<WriteJob> job = std::move(free_jobs_.back());
    free_jobs_.pop_back();
    return job;
}

/// Starts over after a full disk, when it is time to and the file can be written again.
bool SqliteWriter::recover(Lock& lock) {
    if (Storage::Clock::now() < retry_at_) return false;
    work_done_.wait(lock, [this] { return queue_.empty() && !busy_; });
    if (broken_) return false;
    busy_ = true;
    const std::uint64_t not_stored = statistics_.not_stored;
    lock.unlock();
    auto encoder = storage_->restart(not_stored);
    lock.lock();
    busy_ = false;
    work_ready_.notify_one();
    if (encoder) {
        encoder_ = std::move(*encoder);
        degraded_ = false;
        return true;
    }
    if (encoder.error().kind != ErrorKind::NoSpace && encoder.error().kind != ErrorKind::Busy) {
        broken_ = std::move(encoder).error();
    }
    retry_at_ = Storage::Clock::now() + std::chrono::nanoseconds(options_.retry_every.nanos);
    return false;
}

/// Between two batches nothing is on the way to the file: the moment to forget what it will lose.
void SqliteWriter::turn_sweep(Lock& lock) {
    work_done_.wait(lock, [this] { return queue_.empty() && !busy_; });
    sweep_ready_ = false;
    if (broken_ || degraded_) return;
    busy_ = true;
    lock.unlock();
    Result<void> done = storage_->turn_sweep(*encoder_);
    lock.lock();
    busy_ = false;
    settle(lock, std::move(done));
    work_ready_.notify_one();
}

void SqliteWriter::run() {
    Lock lock(mutex_);
    const auto idle = [this] { return queue_.empty() && !flush_wanted_ && !stopping_; };
    for (;;) {
        while (idle() || busy_) {
            if (!pending_ || busy_) {
                work_ready_.wait(lock);
            } else if (work_ready_.wait_until(lock, commit_due_) == std::cv_status::timeout) {
                break;
            }
        }
        work(lock);
        if (stopping_ && queue_.empty() && !pending_) return;
    }
}

/// One job, or a commit when it is due.
void SqliteWriter::work(Lock& lock) {
    std::unique_ptr<WriteJob> job;
    if (!queue_.empty()) {
        job = std::move(queue_.front());
        queue_.pop_front();
        queued_rows_ -= job->events();
    }
    const bool finish = queue_.empty() && (flush_wanted_ || stopping_);
    const bool flush = finish && flush_wanted_;
    const bool due = finish || (pending_ && Storage::Clock::now() >= commit_due_);
    if (job && (degraded_ || broken_)) {
        statistics_.not_stored += job->events();
        job->clear();
        free_jobs_.push_back(std::move(job));
    }
    busy_ = true;
    lock.unlock();
    Result<void> done = job ? storage_->write(*job) : Result<void>{};
    if (done && due) done = storage_->commit();
    lock.lock();
    busy_ = false;
    settle(lock, std::move(done));
    if (job) {
        const bool keep = job->bytes.size() < kKeepJobBytes;
        job->clear();
        if (keep) free_jobs_.push_back(std::move(job));
    }
    if (flush) flush_wanted_ = false;
    work_done_.notify_all();
}

/// Takes over what the storage did, or why it could not.
void SqliteWriter::settle(Lock&, Result<void> done) {
    pending_ = storage_->pending();
    sweep_ready_ = storage_->sweep_ready();
    if (pending_) {
        commit_due_ =
            storage_->pending_since() + std::chrono::nanoseconds(options_.commit_every.nanos);
    }
    statistics_.not_stored += storage_->take_lost();
    statistics_.transactions = storage_->committed().transactions;
    statistics_.dhcp_messages = storage_->committed().dhcp_messages;
    statistics_.commits = storage_->committed().commits;
    if (done) return;
    if (done.error().kind == ErrorKind::NoSpace) {
        degraded_ = true;
        retry_at_ = Storage::Clock::now() + std::chrono::nanoseconds(options_.retry_every.nanos);
    } else {
        broken_ = Error(done.error()).context(options_.path);
    }
}

}  // namespace vedette::store
