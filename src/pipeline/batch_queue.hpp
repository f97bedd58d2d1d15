// The bounded queue between the capture thread and the storage thread: owned batches, recycled, so
// that in steady state nothing is allocated. Bounded in batches and in the memory they hold. One
// producer, one consumer.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/time.hpp"
#include "model/event_batch.hpp"

namespace vedette::pipeline {

struct QueueLimits {
    std::size_t batches = 512;
    /// Of waiting batches. At 200,000 packets/s this bridges about half a second of a stalled disk.
    std::size_t bytes = 48U << 20U;
};

enum class PushResult : std::uint8_t {
    Queued,  ///< the caller holds a fresh batch now
    Full,    ///< not within the time given; the caller still holds its batch
    Closed,  ///< the consumer takes no more
};

class BatchQueue {
  public:
    explicit BatchQueue(QueueLimits limits) : limits_(limits) {}

    /// An empty batch for the producer.
    [[nodiscard]] std::unique_ptr<EventBatch> take_empty();
    /// Hands `batch` over and replaces it by an empty one, waiting at most `patience` for room.
    [[nodiscard]] PushResult push(std::unique_ptr<EventBatch>& batch, Duration patience);
    /// The producer's last word; what is queued is still delivered.
    void finish();

    /// The next batch, or null after `patience` or when nothing will come (see drained()).
    [[nodiscard]] std::unique_ptr<EventBatch> pop(Duration patience);
    [[nodiscard]] bool drained() const;
    /// Gives a used batch back.
    void recycle(std::unique_ptr<EventBatch> batch);
    /// The consumer takes no more. Returns the number of events that were waiting.
    std::uint64_t close();

    struct Depth {
        std::size_t batches = 0;
        std::size_t bytes = 0;
        std::size_t peak_bytes = 0;
    };
    [[nodiscard]] Depth depth() const;

  private:
    [[nodiscard]] bool has_room() const noexcept {
        return waiting_.size() < limits_.batches && waiting_bytes_ < limits_.bytes;
    }
    [[nodiscard]] std::unique_ptr<EventBatch> take_empty_locked();

    const QueueLimits limits_;
    mutable std::mutex mutex_;
    std::condition_variable came_;
    std::condition_variable went_;
    std::deque<std::unique_ptr<EventBatch>> waiting_;
    std::vector<std::unique_ptr<EventBatch>> empty_;
    std::size_t waiting_bytes_ = 0;
    std::size_t empty_bytes_ = 0;
    std::size_t peak_bytes_ = 0;
    bool finished_ = false;
    bool closed_ = false;
};

}  // namespace vedette::pipeline
