// The books of a run, from the wire to each sink: what was received, where every packet went, how
// many events came of it, and what became of each. Nothing is lost without a line here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/ledger.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::pipeline {

/// One sink's side. taken == kept + lost.
struct SinkAccount {
    std::string name;
    std::uint64_t taken = 0;  ///< events it was handed
    std::uint64_t lost = 0;   ///< of these, what it could not keep (a full disk)

    [[nodiscard]] std::uint64_t kept() const noexcept { return taken - lost; }
};

struct RunLedger {
    sys::SourceStatistics source;  ///< with kernel and interface drops, before `counts` begins
    TraceCounts counts;            ///< every packet the source delivered
    std::uint64_t events = 0;      ///< made by decoding
    std::uint64_t events_delivered = 0;    ///< handed to the sinks
    std::uint64_t dropped_queue_full = 0;  ///< live: storage was slower than the network
    std::uint64_t dropped_stopped = 0;  ///< still queued when the run was aborted or a sink failed
    std::vector<SinkAccount> sinks;

    /// Empty when everything is accounted for, else the first sum that does not add up, for a
    /// person.
    [[nodiscard]] std::string imbalance() const;
};

}  // namespace vedette::pipeline
