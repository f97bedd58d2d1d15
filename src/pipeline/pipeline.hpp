// Source -> stage -> sinks. Capture and decoding run on the caller's thread, storage on another; a
// bounded queue of owned batches lies between. When a file's packets are worked on (PacketWork),
// the caller's thread and a second one take batches through reading and decoding in turns: nothing
// there runs twice at once, all of it in order. A full queue makes a file wait and a live source
// drop, counted. Stops in order: read no more, decode what is pending, store it, flush.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "pipeline/batch_queue.hpp"
#include "pipeline/packet_stage.hpp"
#include "pipeline/run_ledger.hpp"
#include "pipeline/sinks.hpp"
#include "sys/capture/packet_source.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::pipeline {

/// A glance at a run under way; valid during the callback only.
struct Progress {
    const sys::SourceStatistics& source;
    const TraceCounts& counts;
    BatchQueue::Depth queue;
    std::uint64_t events = 0;
    std::uint64_t dropped_queue_full = 0;
    Duration elapsed;
};

struct Options {
    QueueLimits queue;
    /// A batch goes to the sinks when it holds so many events, or is this old.
    std::size_t batch_events = 1'024;
    Duration batch_age = Duration::millis(200);
    Duration flush_interval = Duration::seconds(1);
    Duration progress_interval = Duration::millis(100);
    /// Called on a capture thread; may be empty.
    std::function<void(const Progress&)> on_progress;
    /// Takes the raw packets (`-w`); may be null.
    PacketSink* packets = nullptr;
    /// Marks events before the sinks see them; may be null.
    EventMarker* marker = nullptr;
};

/// Why a run ended.
enum class Ending : std::uint8_t { SourceEnded, Asked, Aborted, Failed };

struct RunReport {
    RunLedger ledger;
    Ending ending = Ending::SourceEnded;
    Result<void> outcome;               ///< the first failure of the source or a sink
    std::vector<std::string> warnings;  ///< of the source
    Duration elapsed;
};

/// What a run works with; all of it must outlive run().
struct Parts {
    sys::PacketSource& source;
    PacketStage& stage;
    std::vector<EventSink*> sinks;
    const sys::StopFlag& stop;
    const Clock& clock;  ///< for live sources, when no packet tells the time
};

/// Runs until the source ends, `stop` asks, or something fails. The ledger is whole in every case.
[[nodiscard]] RunReport run(const Parts& parts, const Options& options = {});

}  // namespace vedette::pipeline
