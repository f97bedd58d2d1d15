// The storage thread: takes batches from the queue and hands each to every sink, in their order;
// flushes them about once a second. Stops at the end of the queue, at the first error of a sink, or
// when told to give up. Started by the constructor, joined by join() or the destructor.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pipeline/batch_queue.hpp"
#include "pipeline/run_ledger.hpp"
#include "pipeline/sinks.hpp"

namespace vedette::pipeline {

class SinkThread {
  public:
    /// `queue`, the sinks and the marker, which may be null, must outlive it.
    SinkThread(BatchQueue& queue, std::vector<EventSink*> sinks, Duration flush_interval,
               EventMarker* marker = nullptr);
    ~SinkThread() { join(); }
    SinkThread(const SinkThread&) = delete;
    SinkThread& operator=(const SinkThread&) = delete;

    /// Throws away what is queued, counted; the batch in hand is still delivered.
    void give_up() noexcept { giving_up_.store(true, std::memory_order_relaxed); }
    void join();
    /// Joins; gives up as soon as `patient`, asked every few milliseconds, says no.
    void join_while(const std::function<bool()>& patient);

    struct Account {
        std::uint64_t delivered = 0;
        std::uint64_t thrown_away = 0;
        std::vector<SinkAccount> sinks;
        Result<void> outcome;  ///< the first error
    };
    /// A copy, at any time.
    [[nodiscard]] Account account() const;

  private:
    void run();
    void deliver(const EventBatch& batch);
    void flush();
    void idle();
    void record(std::size_t sink, const Result<void>& outcome);
    [[nodiscard]] bool failed() const;

    BatchQueue* queue_;
    std::vector<EventSink*> sinks_;
    Duration flush_interval_;
    EventMarker* marker_;
    std::atomic<bool> giving_up_{false};
    std::atomic<bool> ended_{false};
    mutable std::mutex mutex_;
    Account account_;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace vedette::pipeline
