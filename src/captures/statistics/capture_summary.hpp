// Everything that `vedette analyze` tells about one or more captures, as plain values: what the
// terminal, JSON and HTML show. Made once at the end of a run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "captures/statistics/event_statistics.hpp"
#include "captures/statistics/packet_statistics.hpp"
#include "model/finding.hpp"
#include "model/ledger.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::captures {

struct TimelineRows {
    Timestamp start;
    Duration width;  ///< of each row
    std::vector<TimelineBucket> rows;
};

/// One subject of which a detector spoke, however often.
struct FindingRow {
    FindingKind kind{};
    Severity severity{};
    Timestamp first;
    Timestamp last;
    std::uint64_t count = 0;
    std::string subject;
    std::string reason;
};

struct AnomalyRow {
    wire::AnomalyId id{};
    std::uint64_t count = 0;
};

struct CaptureSummary {
    std::vector<std::string> files;
    PacketTotals totals;
    std::vector<ProtocolRow> protocols;
    TimelineRows timeline;
    std::vector<TalkerRow> talkers;
    std::uint64_t addresses = 0;
    bool exact = true;  ///< no count of hosts or addresses is a lower bound
    DnsTotals dns;
    DhcpTotals dhcp;
    std::vector<FindingRow> findings;   ///< most severe first
    std::vector<AnomalyRow> anomalies;  ///< most severe first, then most frequent
    TraceCounts counts;                 ///< the ledger
    std::vector<std::string> warnings;
};

/// Those of `counts` that were met.
[[nodiscard]] std::vector<AnomalyRow> anomaly_rows(const TraceCounts& counts);

}  // namespace vedette::captures
