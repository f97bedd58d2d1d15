#include "pipeline/batch_queue.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace vedette::pipeline {
namespace {

constexpr Duration kNow{};
constexpr Duration kLong = Duration::seconds(10);

std::unique_ptr<EventBatch> batch_of(std::size_t events) {
    auto batch = std::make_unique<EventBatch>();
    batch->neighbours.resize(events);
    return batch;
}

TEST(BatchQueue, DeliversInOrderThenDrains) {
    BatchQueue queue({4, 1U << 20U});
    for (std::size_t events = 1; events <= 3; ++events) {
        auto batch = batch_of(events);
        EXPECT_EQ(queue.push(batch, kNow), PushResult::Queued);
        EXPECT_TRUE(batch && batch->empty()) << "an empty batch comes back";
    }
    queue.finish();
    EXPECT_FALSE(queue.drained());
    for (std::size_t events = 1; events <= 3; ++events)
        EXPECT_EQ(queue.pop(kLong)->size(), events);
    EXPECT_EQ(queue.pop(kLong), nullptr) << "does not wait: nothing will come";
    EXPECT_TRUE(queue.drained());
}

TEST(BatchQueue, FullByCountLeavesTheBatchWithTheCaller) {
    BatchQueue queue({2, 1U << 20U});
    auto batch = batch_of(1);
    EXPECT_EQ(queue.push(batch, kNow), PushResult::Queued);
    EXPECT_EQ(queue.push(batch = batch_of(1), kNow), PushResult::Queued);
    EXPECT_EQ(queue.push(batch = batch_of(7), kNow), PushResult::Full);
    EXPECT_EQ(batch->size(), 7U);
    queue.recycle(queue.pop(kLong));
    EXPECT_EQ(queue.push(batch, kNow), PushResult::Queued);
}

TEST(BatchQueue, FullByMemory) {
    BatchQueue queue({1'000, 100'000});
    auto batch = batch_of(100'000 / sizeof(NeighbourEvent) + 1);
    EXPECT_EQ(queue.push(batch, kNow), PushResult::Queued) << "one batch always fits";
    EXPECT_EQ(queue.push(batch = batch_of(1), kNow), PushResult::Full);
    EXPECT_GE(queue.depth().bytes, 100'000U);
}

TEST(BatchQueue, BatchesAreRecycledNotAllocated) {
    BatchQueue queue({8, 1U << 20U});
    std::set<const EventBatch*> seen;
    std::unique_ptr<EventBatch> batch = queue.take_empty();
    for (int i = 0; i < 1'000; ++i) {
        batch->neighbours.resize(10);
        seen.insert(batch.get());
        ASSERT_EQ(queue.push(batch, kNow), PushResult::Queued);
        queue.recycle(queue.pop(kLong));
    }
    EXPECT_LE(seen.size(), 3U);
}

TEST(BatchQueue, RecycledMemoryIsBounded) {
    BatchQueue queue({8, 10'000});
    queue.recycle(batch_of(1'000'000));
    EXPECT_EQ(queue.take_empty()->memory_bytes(), 0U) << "a giant is not kept";
}

TEST(BatchQueue, CloseThrowsAwayAndWakesTheProducer) {
    BatchQueue queue({1, 1U << 20U});
    auto batch = batch_of(5);
    ASSERT_EQ(queue.push(batch, kNow), PushResult::Queued);
    std::jthread closer([&queue] { EXPECT_EQ(queue.close(), 5U); });
    batch = batch_of(1);
    EXPECT_EQ(queue.push(batch, kLong), PushResult::Closed);
}

TEST(BatchQueue, TwoThreadsLoseNothing) {
    BatchQueue queue({3, 1U << 20U});
    constexpr std::size_t kBatches = 20'000;
    std::jthread producer([&queue] {
        std::unique_ptr<EventBatch> batch = queue.take_empty();
        for (std::size_t i = 0; i < kBatches; ++i) {
            batch->neighbours.resize(1 + i % 5);
            while (queue.push(batch, kLong) == PushResult::Full) {
            }
        }
        queue.finish();
    });
    std::uint64_t events = 0;
    std::size_t batches = 0;
    while (!queue.drained()) {
        std::unique_ptr<EventBatch> batch = queue.pop(kLong);
        if (!batch) continue;
        events += batch->size();
        ++batches;
        queue.recycle(std::move(batch));
    }
    EXPECT_EQ(batches, kBatches);
    EXPECT_EQ(events, kBatches * 3);
}

}  // namespace
}  // namespace vedette::pipeline
