#include "pipeline/sink_thread.hpp"

#include <chrono>
#include <utility>

namespace vedette::pipeline {

using SteadyClock = std::chrono::steady_clock;

namespace {
constexpr auto kJoinInterval = std::chrono::milliseconds(5);
}  // namespace

SinkThread::SinkThread(BatchQueue& queue, std::vector<EventSink*> sinks, Duration flush_interval,
                       EventMarker* marker)
    : queue_(&queue), sinks_(std::move(sinks)), flush_interval_(flush_interval), marker_(marker) {
    for (const EventSink* sink : sinks_) {
        account_.sinks.push_back({std::string(sink->name()), 0, 0});
    }
    thread_ = std::thread([this] { run(); });
}

void SinkThread::join() {
    if (thread_.joinable()) thread_.join();
}

void SinkThread::join_while(const std::function<bool()>& patient) {
    while (!ended_.load(std::memory_order_acquire)) {
        if (!patient()) {
            give_up();
            break;
        }
        std::this_thread::sleep_for(kJoinInterval);
    }
    join();
}

SinkThread::Account SinkThread::account() const {
    const std::scoped_lock lock(mutex_);
    return account_;
}

void SinkThread::run() {
    const std::chrono::nanoseconds interval(flush_interval_.nanos);
    auto flushed = SteadyClock::now();
    bool dirty = false;
    while (!failed() && !giving_up_.load(std::memory_order_relaxed)) {
        std::unique_ptr<EventBatch> batch = queue_->pop(flush_interval_);
        if (batch) {
            if (marker_ != nullptr) marker_->mark(*batch);
            deliver(*batch);
            queue_->recycle(std::move(batch));
            dirty = true;
        } else if (queue_->drained()) {
            break;
        } else {
            idle();
        }
        if (dirty && SteadyClock::now() - flushed >= interval) {
            flush();
            flushed = SteadyClock::now();
            dirty = false;
        }
    }
    const std::uint64_t thrown = queue_->close();
    flush();
    {
        const std::scoped_lock lock(mutex_);
        account_.thrown_away += thrown;
    }
    ended_.store(true, std::memory_order_release);
}

void SinkThread::deliver(const EventBatch& batch) {
    // Every sink sees the batch even when one before it fails, so that their books agree.
    for (std::size_t i = 0; i < sinks_.size(); ++i)
        record(i, sinks_[i]->consume(batch));
    const std::scoped_lock lock(mutex_);
    account_.delivered += batch.size();
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
        account_.sinks[i].taken += batch.size();
        account_.sinks[i].lost = sinks_[i]->lost();
    }
}

void SinkThread::flush() {
    for (std::size_t i = 0; i < sinks_.size(); ++i)
        record(i, sinks_[i]->flush());
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < sinks_.size(); ++i)
        account_.sinks[i].lost = sinks_[i]->lost();
}

void SinkThread::idle() {
    for (std::size_t i = 0; i < sinks_.size(); ++i)
        record(i, sinks_[i]->idle());
}

void SinkThread::record(std::size_t sink, const Result<void>& outcome) {
    if (outcome) return;
    const std::scoped_lock lock(mutex_);
    if (account_.outcome) account_.outcome = fail(outcome.error(), sinks_[sink]->name());
}

bool SinkThread::failed() const {
    const std::scoped_lock lock(mutex_);
    return !account_.outcome.has_value();
}

}  // namespace vedette::pipeline
