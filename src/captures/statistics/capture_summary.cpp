#include "captures/statistics/capture_summary.hpp"

#include <algorithm>

namespace vedette::captures {

std::vector<AnomalyRow> anomaly_rows(const TraceCounts& counts) {
    std::vector<AnomalyRow> rows;
    for (std::size_t i = 1; i < counts.anomalies.size(); ++i) {
        if (counts.anomalies[i] == 0) continue;
        rows.push_back({static_cast<wire::AnomalyId>(i), counts.anomalies[i]});
    }
    std::ranges::stable_sort(rows, [](const AnomalyRow& a, const AnomalyRow& b) {
        const auto left = info(a.id).severity;
        const auto right = info(b.id).severity;
        return left != right ? left > right : a.count > b.count;
    });
    return rows;
}

}  // namespace vedette::captures
