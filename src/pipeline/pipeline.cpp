#include "pipeline/pipeline.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "pipeline/sink_thread.hpp"
#include "pipeline/turns.hpp"

namespace vedette::pipeline {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// How long a file source waits for room before it looks whether it should stop.
constexpr Duration kPatience = Duration::millis(50);
/// How long a stopped live source may take to hand over what it holds.
constexpr Duration kMaxDrain = Duration::seconds(3);

Duration since(SteadyClock::time_point start) noexcept {
    return {std::chrono::nanoseconds(SteadyClock::now() - start).count()};
}

/// One read of the source on its way: what it gave, and what the source told of itself then.
struct Reading {
    sys::PacketBatch packets;
    Result<sys::ReadStatus> status = sys::ReadStatus::End;
    sys::SourceStatistics source;
    std::vector<sys::InterfaceInfo> interfaces;  // when there are new ones: all
    std::unique_ptr<PacketWork> work;
    std::uint32_t number = 0;
    bool asked_to_stop = false;
};

/// The capture side of one run. Each reading is taken by one thread through all its stages, so that
/// it stays in the cache of one processor:
///   read      in order, one at a time
///   process   in order, one at a time: raw packets are shown, decoded, events handed over
///   work      beside others
///   commit    in order, one at a time
/// Of files two readings are under way at once when there is such work, and two processors.
class Run {
  public:
    Run(const Parts& parts, const Options& options)
        : parts_(parts),
          options_(options),
          queue_(options.queue),
          sinks_(queue_, parts.sinks, options.flush_interval, options.marker),
          batch_(queue_.take_empty()) {}

    RunReport go() {
        Reading first;
        if (options_.packets != nullptr) first.work = options_.packets->make_work();
        {
            std::jthread other;
            if (first.work != nullptr && is_for_two()) {
                Reading second;
                second.work = options_.packets->make_work();
                other = std::jthread(
                    [this, reading = std::move(second)]() mutable { take_readings(reading); });
            }
            take_readings(first);
        }
        finish();
        return report();
    }

  private:
    /// Without work beside the others, the second thread would only carry the decoder's tables from
    /// one processor's cache to the other's and back: measured, that costs more than it gains.
    [[nodiscard]] bool is_for_two() const {
        return !parts_.source.is_live() && std::thread::hardware_concurrency() > 1;
    }

    void take_readings(Reading& reading) {
        while (read(reading)) {
            process_turns_.wait(reading.number);
            const bool processed = !over_ && process(reading);
            if (!processed) over_ = true;
            process_turns_.pass();
            if (processed && reading.work != nullptr) reading.work->run();
            commit_turns_.wait(reading.number);
            if (processed && reading.work != nullptr) commit(*reading.work);
            commit_turns_.pass();
        }
    }

    /// False when there is nothing more to read.
    bool read(Reading& reading) {
        const std::scoped_lock lock(reading_);
        reading.packets.clear();  // its window may be needed for what is read now
        if (read_all_ || over_) return false;
        reading.number = readings_++;
        reading.asked_to_stop = parts_.stop.stopping() && !go_on_draining();
        if (!reading.asked_to_stop) reading.status = parts_.source.read(reading.packets);
        if (!parts_.source.is_live()) reading.source = parts_.source.statistics();
        reading.interfaces.clear();
        if (parts_.source.interfaces().size() != interfaces_read_) {
            reading.interfaces = parts_.source.interfaces();
            interfaces_read_ = reading.interfaces.size();
        }
        read_all_ =
            reading.asked_to_stop || !reading.status || *reading.status == sys::ReadStatus::End;
        return true;
    }

    /// False when the run is over.
    bool process(Reading& reading) {
        source_ = reading.source;
        if (!reading.interfaces.empty()) interfaces_.swap(reading.interfaces);
        if (reading.asked_to_stop) return end(Ending::Asked);
        if (!reading.status) return fail_with(reading.status.error());
        const sys::ReadStatus status = *reading.status;
        if (status == sys::ReadStatus::End) {
            return end(draining_ ? Ending::Asked : Ending::SourceEnded);
        }
        if (status == sys::ReadStatus::Packets) {
            if (options_.packets != nullptr) {
                const Result<void> kept =
                    options_.packets->consume(reading.packets, interfaces_, reading.work.get());
                if (!kept) return fail_with(kept.error());
            }
            parts_.stage.decode(reading.packets, *batch_);
        } else if (parts_.source.is_live()) {
            parts_.stage.advance(parts_.clock.now(), *batch_);
        }
        tell_progress();
        return hand_over_when_due(status == sys::ReadStatus::Idle);
    }

    void commit(PacketWork& work) {
        const Result<void> committed = work.commit();
        if (committed || !commit_outcome_) return;
        commit_outcome_ = std::unexpected(committed.error());
        over_ = true;
    }

    /// A live source that is asked to stop still holds packets that count as received.
    bool go_on_draining() {
        if (!parts_.source.is_live() || parts_.stop.level() == sys::StopFlag::Level::Abort) {
            return false;
        }
        if (!draining_) {
            parts_.source.stop();
            draining_ = true;
            drain_began_ = SteadyClock::now();
        }
        return since(drain_began_) < kMaxDrain;
    }

    /// False when the storage side takes no more.
    bool hand_over_when_due(bool idle) {
        if (idle || batch_->size() + batch_->sighted() >= options_.batch_events ||
            since(batch_began_) >= options_.batch_age) {
            return hand_over();
        }
        return true;
    }

    bool hand_over() {
        batch_began_ = SteadyClock::now();
        if (batch_->empty() && batch_->sighted() == 0) return true;
        const std::uint64_t events = batch_->size();
        events_ += events;
        if (parts_.sinks.empty()) {  // nobody waits on the other side: the warm batch is used again
            delivered_here_ += events;
            batch_->clear();
            return true;
        }
        PushResult pushed = PushResult::Full;
        do {
            pushed = queue_.push(batch_, parts_.source.is_live() ? Duration{} : kPatience);
            if (parts_.stop.level() == sys::StopFlag::Level::Abort) sinks_.give_up();
        } while (pushed == PushResult::Full && !parts_.source.is_live());
        if (pushed == PushResult::Queued) return true;
        if (pushed == PushResult::Full) {
            dropped_queue_full_ += events;
        } else {
            dropped_stopped_ += events;
        }
        batch_->clear();
        return pushed != PushResult::Closed;
    }

    /// Of what was processed; a file may have been read further.
    [[nodiscard]] sys::SourceStatistics source_statistics() const {
        return parts_.source.is_live() ? parts_.source.statistics() : source_;
    }

    void tell_progress() {
        if (!options_.on_progress || since(told_) < options_.progress_interval) return;
        told_ = SteadyClock::now();
        const sys::SourceStatistics source = source_statistics();
        options_.on_progress({source, parts_.stage.counts(), queue_.depth(), events_,
                              dropped_queue_full_, since(began_)});
    }

    bool end(Ending ending) {
        ending_ = ending;
        return false;
    }
    bool fail_with(Error error) {
        outcome_ = std::unexpected(std::move(error));
        return end(Ending::Failed);
    }

    /// All threads but this one are gone. What is pending is worth waiting for, even at a live
    /// source.
    void finish() {
        if (!commit_outcome_ && outcome_) fail_with(commit_outcome_.error());
        parts_.stage.finish(*batch_);
        const std::uint64_t events = batch_->size();
        if (events + batch_->sighted() > 0) {
            events_ += events;
            while (true) {
                const PushResult pushed = queue_.push(batch_, kPatience);
                if (pushed == PushResult::Queued) break;
                if (parts_.stop.level() == sys::StopFlag::Level::Abort) sinks_.give_up();
                if (pushed == PushResult::Closed) {
                    dropped_stopped_ += events;
                    break;
                }
            }
        }
        queue_.finish();
        wait_for_sinks();
        if (options_.packets != nullptr) {
            const Result<void> flushed = options_.packets->flush();
            if (!flushed && outcome_) fail_with(flushed.error());
        }
    }

    void wait_for_sinks() {
        while (!queue_.drained()) {
            if (parts_.stop.level() == sys::StopFlag::Level::Abort) {
                sinks_.give_up();
                break;
            }
            if (!sinks_.account().outcome) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        sinks_.join();
    }

    RunReport report() {
        SinkThread::Account account = sinks_.account();
        RunReport report;
        RunLedger& ledger = report.ledger;
        ledger.source = source_statistics();
        ledger.counts = parts_.stage.counts();
        ledger.counts.packets += ledger.source.filtered;
        ledger.counts.filtered += ledger.source.filtered;
        ledger.events = events_;
        ledger.events_delivered = account.delivered + delivered_here_;
        ledger.dropped_queue_full = dropped_queue_full_;
        ledger.dropped_stopped = dropped_stopped_ + account.thrown_away;
        ledger.sinks = std::move(account.sinks);
        report.outcome = outcome_ ? std::move(account.outcome) : std::move(outcome_);
        report.ending = ending_;
        if (!report.outcome) {
            report.ending = Ending::Failed;
        } else if (parts_.stop.level() == sys::StopFlag::Level::Abort) {
            report.ending = Ending::Aborted;
        }
        report.warnings = parts_.source.warnings();
        report.elapsed = since(began_);
        return report;
    }

    const Parts& parts_;
    const Options& options_;
    BatchQueue queue_;
    SinkThread sinks_;
    std::atomic<bool> over_{false};

    // Of whoever reads.
    std::mutex reading_;
    std::uint32_t readings_ = 0;
    std::size_t interfaces_read_ = 0;
    bool read_all_ = false;
    SteadyClock::time_point drain_began_;
    bool draining_ = false;

    // Of whoever commits.
    Turns commit_turns_;
    Result<void> commit_outcome_;

    // Of whoever processes.
    Turns process_turns_;
    sys::SourceStatistics source_;
    std::vector<sys::InterfaceInfo> interfaces_;
    std::unique_ptr<EventBatch> batch_;
    std::uint64_t events_ = 0;
    std::uint64_t delivered_here_ = 0;
    std::uint64_t dropped_queue_full_ = 0;
    std::uint64_t dropped_stopped_ = 0;
    Result<void> outcome_;
    Ending ending_ = Ending::SourceEnded;
    SteadyClock::time_point began_ = SteadyClock::now();
    SteadyClock::time_point batch_began_ = began_;
    SteadyClock::time_point told_ = began_;
};

}  // namespace

RunReport run(const Parts& parts, const Options& options) {
    return Run(parts, options).go();
}

}  // namespace vedette::pipeline
