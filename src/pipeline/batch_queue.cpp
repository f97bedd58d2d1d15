#include "pipeline/batch_queue.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vedette::pipeline {
namespace {

std::chrono::nanoseconds chrono(Duration duration) noexcept {
    return std::chrono::nanoseconds(duration.nanos);
}

}  // namespace

std::unique_ptr<EventBatch> BatchQueue::take_empty() {
    const std::scoped_lock lock(mutex_);
    return take_empty_locked();
}

std::unique_ptr<EventBatch> BatchQueue::take_empty_locked() {
    if (empty_.empty()) return std::make_unique<EventBatch>();
    std::unique_ptr<EventBatch> batch = std::move(empty_.back());
    empty_.pop_back();
    empty_bytes_ -= batch->memory_bytes();
    return batch;
}

PushResult BatchQueue::push(std::unique_ptr<EventBatch>& batch, Duration patience) {
    {
        std::unique_lock lock(mutex_);
        went_.wait_for(lock, chrono(patience), [this] { return has_room() || closed_; });
        if (closed_) return PushResult::Closed;
        if (!has_room()) return PushResult::Full;
        waiting_bytes_ += batch->memory_bytes();
        peak_bytes_ = std::max(peak_bytes_, waiting_bytes_);
        waiting_.push_back(std::move(batch));
        batch = take_empty_locked();
    }
    came_.notify_one();
    return PushResult::Queued;
}

void BatchQueue::finish() {
    {
        const std::scoped_lock lock(mutex_);
        finished_ = true;
    }
    came_.notify_one();
}

std::unique_ptr<EventBatch> BatchQueue::pop(Duration patience) {
    std::unique_ptr<EventBatch> batch;
    {
        std::unique_lock lock(mutex_);
        came_.wait_for(lock, chrono(patience), [this] { return !waiting_.empty() || finished_; });
        if (waiting_.empty()) return nullptr;
        batch = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= batch->memory_bytes();
    }
    went_.notify_one();
    return batch;
}

bool BatchQueue::drained() const {
    const std::scoped_lock lock(mutex_);
    return finished_ && waiting_.empty();
}

void BatchQueue::recycle(std::unique_ptr<EventBatch> batch) {
    batch->clear();
    const std::size_t bytes = batch->memory_bytes();
    const std::scoped_lock lock(mutex_);
    // Memory of a burst is kept for the next one, but never more than the queue may hold.
    if (waiting_bytes_ + empty_bytes_ + bytes > limits_.bytes) return;
    empty_bytes_ += bytes;
    empty_.push_back(std::move(batch));
}

std::uint64_t BatchQueue::close() {
    std::deque<std::unique_ptr<EventBatch>> thrown;
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
        thrown.swap(waiting_);
        waiting_bytes_ = 0;
    }
    went_.notify_one();
    std::uint64_t events = 0;
    for (const std::unique_ptr<EventBatch>& batch : thrown)
        events += batch->size();
    return events;
}

BatchQueue::Depth BatchQueue::depth() const {
    const std::scoped_lock lock(mutex_);
    return {waiting_.size(), waiting_bytes_, peak_bytes_};
}

}  // namespace vedette::pipeline
