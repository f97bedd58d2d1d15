#include "pipeline/run_ledger.hpp"

#include <fmt/format.h>

namespace vedette::pipeline {

std::string RunLedger::imbalance() const {
    if (source.packets + source.filtered != counts.packets) {
        return fmt::format("the source delivered {} and filtered {} packets, but {} were counted",
                           source.packets, source.filtered, counts.packets);
    }
    if (!counts.balances()) {
        return fmt::format(
            "of {} packets {} were decoded, {} filtered, {} not ours, {} damaged and {} held",
            counts.packets, counts.decoded, counts.filtered, counts.not_ours, counts.damaged,
            counts.held);
    }
    if (events != events_delivered + dropped_queue_full + dropped_stopped) {
        return fmt::format("of {} events {} were delivered, {} dropped and {} thrown away", events,
                           events_delivered, dropped_queue_full, dropped_stopped);
    }
    for (const SinkAccount& sink : sinks) {
        if (sink.taken != events_delivered || sink.lost > sink.taken) {
            return fmt::format("{} took {} of {} delivered events and lost {}", sink.name,
                               sink.taken, events_delivered, sink.lost);
        }
    }
    return {};
}

}  // namespace vedette::pipeline
