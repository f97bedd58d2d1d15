#include "pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace vedette::pipeline {
namespace {

using namespace std::chrono_literals;

/// Delivers `batches` batches of ten packets, then ends (a file) or stays idle (live).
class ScriptedSource final : public sys::PacketSource {
  public:
    int batches = 100;
    int fail_after = -1;
    bool live = false;
    bool stopped = false;
    int held = 0;  ///< batches that a stopped live source still delivers
    std::chrono::microseconds pace{0};

    Result<sys::ReadStatus> read(sys::PacketBatch& batch) override {
        batch.clear();
        if (pace.count() > 0) std::this_thread::sleep_for(pace);
        if (fail_after == done_) return fail(ErrorKind::Failed, "the cable is cut");
        if (done_ == batches || (stopped && held == 0)) {
            return live && !stopped ? sys::ReadStatus::Idle : sys::ReadStatus::End;
        }
        if (stopped) --held;
        ++done_;
        batch.packets.resize(10);
        for (sys::PacketRecord& packet : batch.packets)
            packet.time = {0};
        statistics_.packets += 10;
        return sys::ReadStatus::Packets;
    }
    sys::SourceStatistics statistics() const noexcept override { return statistics_; }
    const std::vector<sys::InterfaceInfo>& interfaces() const noexcept override { return none_; }
    bool is_live() const noexcept override { return live; }
    void stop() noexcept override { stopped = true; }
    const std::vector<std::string>& warnings() const noexcept override { return warnings_; }

  private:
    int done_ = 0;
    sys::SourceStatistics statistics_;
    std::vector<sys::InterfaceInfo> none_;
    std::vector<std::string> warnings_{"one warning"};
};

/// One event per packet, and three that are only told at the end.
class CountingStage final : public PacketStage {
  public:
    void decode(const sys::PacketBatch& batch, EventBatch& out) override {
        counts_.packets += batch.packets.size();
        counts_.decoded += batch.packets.size();
        for (std::size_t i = 0; i < batch.packets.size(); ++i)
            append(out);
    }
    void advance(Timestamp now, EventBatch&) override { advanced_to = now; }
    void finish(EventBatch& out) override {
        for (int i = 0; i < 3; ++i)
            append(out);
    }
    const TraceCounts& counts() const noexcept override { return counts_; }

    Timestamp advanced_to;

  private:
    void append(EventBatch& out) {
        NeighbourEvent event;
        event.time = {next_++};
        out.neighbours.push_back(event);
    }
    std::int64_t next_ = 0;
    TraceCounts counts_;
};

class RecordingSink final : public EventSink {
  public:
    std::chrono::microseconds delay{0};
    int fail_after = -1;
    std::uint64_t lose_each_batch = 0;

    std::string_view name() const noexcept override { return "recorder"; }
    Result<void> consume(const EventBatch& batch) override {
        std::this_thread::sleep_for(delay);
        for (const NeighbourEvent& event : batch.neighbours) {
            in_order = in_order && event.time.nanos >= next;
            next = event.time.nanos + 1;
        }
        seen += batch.size();
        lost_ += lose_each_batch;
        if (batches++ == fail_after) return fail(ErrorKind::NoSpace, "the shelf is full");
        return {};
    }
    Result<void> flush() override {
        ++flushes;
        seen_at_flush = seen;
        return {};
    }
    std::uint64_t lost() const noexcept override { return lost_; }

    std::uint64_t seen = 0;
    std::uint64_t seen_at_flush = 0;
    int batches = 0;
    int flushes = 0;
    bool in_order = true;
    std::int64_t next = 0;

  private:
    std::uint64_t lost_ = 0;
};

class FixedClock final : public Clock {
  public:
    Timestamp now() const noexcept override { return {42}; }
};

class PipelineTest : public testing::Test {
  protected:
    RunReport run_it() { return run({source, stage, {&first, &second}, stop, clock}, options); }

    ScriptedSource source;
    CountingStage stage;
    RecordingSink first;
    RecordingSink second;
    sys::StopFlag stop;
    FixedClock clock;
    Options options;
};

TEST_F(PipelineTest, EveryEventReachesEverySinkInOrder) {
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::SourceEnded);
    EXPECT_EQ(first.seen, 1'003U);
    EXPECT_EQ(second.seen, 1'003U);
    EXPECT_TRUE(first.in_order);
    EXPECT_EQ(first.seen_at_flush, 1'003U) << "flushed after the last event";
    EXPECT_EQ(report.ledger.imbalance(), "");
    EXPECT_EQ(report.ledger.counts.packets, 1'000U);
    EXPECT_EQ(report.ledger.events_delivered, 1'003U);
    EXPECT_EQ(report.warnings.size(), 1U);
}

TEST_F(PipelineTest, WithoutSinksTheBooksBalanceToo) {
    const RunReport report = run({source, stage, {}, stop, clock}, options);
    EXPECT_EQ(report.ledger.events_delivered, 1'003U);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, SlowStorageMakesAFileWait) {
    options.queue.batches = 2;
    options.batch_events = 10;
    first.delay = 200us;
    const RunReport report = run_it();
    EXPECT_EQ(first.seen, 1'003U);
    EXPECT_EQ(report.ledger.dropped_queue_full, 0U);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, SlowStorageMakesALiveSourceDropCounted) {
    source.live = true;
    source.batches = 500;
    options.queue.batches = 2;
    options.batch_events = 10;
    first.delay = 2ms;
    options.on_progress = [this](const Progress& progress) {
        if (progress.counts.packets == 5'000) stop.ask();
    };
    options.progress_interval = {};
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Asked);
    EXPECT_GT(report.ledger.dropped_queue_full, 0U);
    EXPECT_EQ(report.ledger.events, 5'003U);
    EXPECT_EQ(first.seen + report.ledger.dropped_queue_full, 5'003U);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, IdleLiveSourceMovesTimeAndHandsOver) {
    source.live = true;
    source.batches = 1;
    source.pace = 1ms;
    options.on_progress = [this](const Progress&) {
        if (stage.advanced_to.known()) stop.ask();
    };
    options.progress_interval = {};
    EXPECT_EQ(run_it().ledger.imbalance(), "");
    EXPECT_EQ(stage.advanced_to.nanos, 42);
    EXPECT_EQ(first.seen, 13U);
}

TEST_F(PipelineTest, AStoppedLiveSourceIsReadToItsEnd) {
    source.live = true;
    source.batches = 1'000'000;
    source.held = 7;
    options.on_progress = [this](const Progress&) { stop.ask(); };
    options.progress_interval = Duration::millis(20);
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Asked);
    EXPECT_EQ(source.held, 0);
    EXPECT_EQ(report.ledger.counts.packets, report.ledger.source.packets);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, FirstAskFinishesInOrder) {
    source.batches = 1'000'000;
    options.on_progress = [this](const Progress&) { stop.ask(); };
    options.progress_interval = {};
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Asked);
    EXPECT_EQ(report.ledger.dropped_stopped, 0U);
    EXPECT_EQ(first.seen, report.ledger.counts.packets + 3);
}

TEST_F(PipelineTest, SecondAskThrowsAwayCounted) {
    source.batches = 1'000'000;
    options.batch_events = 10;
    first.delay = 1ms;
    std::jthread user([this] {
        std::this_thread::sleep_for(30ms);
        stop.ask();
        stop.ask();
    });
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Aborted);
    EXPECT_GT(report.ledger.dropped_stopped, 0U);
    EXPECT_EQ(first.seen, report.ledger.events_delivered);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, AFailingSinkEndsTheRunWithItsName) {
    source.batches = 1'000'000;
    options.batch_events = 10;
    first.fail_after = 3;
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Failed);
    ASSERT_FALSE(report.outcome.has_value());
    EXPECT_EQ(report.outcome.error().text, "recorder: the shelf is full");
    EXPECT_EQ(report.outcome.error().kind, ErrorKind::NoSpace);
    EXPECT_EQ(second.seen, first.seen) << "the others get the same batches";
    EXPECT_EQ(second.seen_at_flush, second.seen);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, AFailingSourceStillStoresWhatCame) {
    source.fail_after = 50;
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Failed);
    EXPECT_EQ(report.outcome.error().text, "the cable is cut");
    EXPECT_EQ(first.seen, 503U);
    EXPECT_EQ(report.ledger.imbalance(), "");
}

TEST_F(PipelineTest, LossesOfASinkAreItsOwn) {
    first.lose_each_batch = 1;
    const RunReport report = run_it();
    EXPECT_EQ(report.ledger.sinks[0].lost, static_cast<std::uint64_t>(first.batches));
    EXPECT_EQ(report.ledger.sinks[1].lost, 0U);
    EXPECT_EQ(report.ledger.sinks[0].kept() + report.ledger.sinks[0].lost, 1'003U);
}

class PacketCounter final : public PacketSink {
  public:
    Result<void> consume(const sys::PacketBatch& batch, const std::vector<sys::InterfaceInfo>&,
                         PacketWork*) override {
        packets += batch.packets.size();
        if (packets > limit) return fail(ErrorKind::NoSpace, "out.pcapng is full");
        return {};
    }
    Result<void> flush() override {
        flushed = true;
        return {};
    }
    std::size_t packets = 0;
    std::size_t limit = SIZE_MAX;
    bool flushed = false;
};

TEST_F(PipelineTest, RawPacketsAreKeptBesideDecoding) {
    PacketCounter packets;
    options.packets = &packets;
    EXPECT_TRUE(run_it().outcome.has_value());
    EXPECT_EQ(packets.packets, 1'000U);
    EXPECT_TRUE(packets.flushed);
}

/// Numbers batches in order, works on them for uneven times, and commits.
class WorkingSink final : public PacketSink {
  public:
    class Work final : public PacketWork {
      public:
        explicit Work(WorkingSink& sink) : sink_(sink) {}
        void run() override {
            std::this_thread::sleep_for(std::chrono::microseconds(number % 7 * 50));
            done = true;
        }
        Result<void> commit() override {
            EXPECT_TRUE(std::exchange(done, false));
            sink_.committed.push_back(number);
            if (number == sink_.fail_at) return fail(ErrorKind::NoSpace, "rows.csv is full");
            return {};
        }
        int number = 0;
        bool done = false;

      private:
        WorkingSink& sink_;
    };

    std::unique_ptr<PacketWork> make_work() override { return std::make_unique<Work>(*this); }
    Result<void> consume(const sys::PacketBatch&, const std::vector<sys::InterfaceInfo>&,
                         PacketWork* work) override {
        static_cast<Work*>(work)->number = next++;
        return {};
    }
    Result<void> flush() override { return {}; }

    int next = 0;
    int fail_at = -1;
    std::vector<int> committed;
};

TEST_F(PipelineTest, WorkBesideTheOtherBatchesIsCommittedInOrder) {
    WorkingSink packets;
    options.packets = &packets;
    EXPECT_TRUE(run_it().outcome.has_value());
    ASSERT_EQ(packets.committed.size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(packets.committed));
    EXPECT_TRUE(first.in_order);
}

TEST_F(PipelineTest, WorkThatFailsEndsTheRun) {
    WorkingSink packets;
    packets.fail_at = 20;
    source.batches = 1'000'000;
    options.packets = &packets;
    const RunReport report = run_it();
    EXPECT_EQ(report.ending, Ending::Failed);
    ASSERT_FALSE(report.outcome.has_value());
    EXPECT_EQ(report.outcome.error().text, "rows.csv is full");
    EXPECT_EQ(report.ledger.imbalance(), "");
    EXPECT_LT(packets.next, 30) << "what was on its way is let go";
}

TEST_F(PipelineTest, ALiveSourceIsReadByOneThread) {
    const std::thread::id here = std::this_thread::get_id();
    source.live = true;
    source.batches = 50;
    source.pace = 10us;
    bool elsewhere = false;
    options.progress_interval = Duration{};
    options.on_progress = [&](const Progress& progress) {
        elsewhere = elsewhere || std::this_thread::get_id() != here;
        if (progress.counts.packets == 500) stop.ask();
    };
    EXPECT_EQ(run_it().ending, Ending::Asked);
    EXPECT_FALSE(elsewhere);
}

}  // namespace
}  // namespace vedette::pipeline
