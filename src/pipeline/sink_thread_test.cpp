#include "pipeline/sink_thread.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vedette::pipeline {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr Duration kFlush = Duration::seconds(1);
constexpr std::uint64_t kBatches = 200;
constexpr std::uint64_t kEvents = 10;  // of each batch

/// A store that takes its time.
class SlowSink final : public EventSink {
  public:
    explicit SlowSink(std::chrono::milliseconds delay) : delay_(delay) {}
    std::string_view name() const noexcept override { return "slow"; }
    Result<void> consume(const EventBatch&) override {
        std::this_thread::sleep_for(delay_);
        return {};
    }
    Result<void> flush() override {
        ++flushes;
        return {};
    }
    std::uint64_t lost() const noexcept override { return 0; }
    int flushes = 0;

  private:
    std::chrono::milliseconds delay_;
};

void fill(BatchQueue& queue) {
    for (std::uint64_t i = 0; i < kBatches; ++i) {
        auto batch = queue.take_empty();
        batch->neighbours.resize(kEvents);
        ASSERT_EQ(queue.push(batch, Duration{}), PushResult::Queued);
    }
    queue.finish();
}

TEST(SinkThread, JoinWhilePatientDeliversEverything) {
    BatchQueue queue({kBatches, 1U << 24U});
    SlowSink sink(0ms);
    SinkThread thread(queue, {&sink}, kFlush);
    fill(queue);
    thread.join_while([] { return true; });
    EXPECT_EQ(thread.account().delivered, kBatches * kEvents);
    EXPECT_EQ(thread.account().thrown_away, 0U);
    EXPECT_GE(sink.flushes, 1);
}

// A name server whose store fell behind did not end for longer than a service manager waits.
TEST(SinkThread, PatienceEndsBeforeASlowSinkAndTheRestIsCounted) {
    BatchQueue queue({kBatches, 1U << 24U});
    SlowSink sink(50ms);  // ten seconds in all
    SinkThread thread(queue, {&sink}, kFlush);
    fill(queue);
    const auto began = SteadyClock::now();
    thread.join_while([&] { return SteadyClock::now() - began < 200ms; });
    EXPECT_LT(SteadyClock::now() - began, 5s);
    const SinkThread::Account account = thread.account();
    EXPECT_GT(account.delivered, 0U);
    EXPECT_GT(account.thrown_away, 0U);
    EXPECT_EQ(account.delivered + account.thrown_away, kBatches * kEvents);
    EXPECT_EQ(sink.flushes, 1) << "what it took is made durable";
}

}  // namespace
}  // namespace vedette::pipeline
