#include "app/analyze/analysis.hpp"

#include <algorithm>

namespace vedette::app {

using captures::CaptureSummary;
using captures::FindingRow;

void AlertCollector::on_alert(const Alert& alert, AlertChange) {
    FindingRow& row = rows_[alert.id];
    row.kind = alert.kind;
    row.severity = alert.severity;
    row.first = alert.first;
    row.last = alert.last;
    row.count = alert.count;
    row.subject = alert.subject;
    row.reason = alert.reason;
}

std::vector<FindingRow> AlertCollector::rows() const {
    std::vector<FindingRow> out;
    for (const auto& [id, row] : rows_)
        out.push_back(row);
    std::ranges::stable_sort(out, [](const FindingRow& a, const FindingRow& b) {
        return a.severity != b.severity ? a.severity > b.severity : a.first < b.first;
    });
    return out;
}

CaptureSummary make_summary(const Gathered& gathered, std::size_t rows, std::size_t columns) {
    CaptureSummary out;
    out.files = gathered.files;
    out.totals = gathered.packets.totals();
    out.protocols = gathered.packets.protocols();
    const captures::Timeline& timeline = gathered.packets.timeline();
    out.timeline.start = timeline.start();
    out.timeline.rows = timeline.rows(columns);
    out.timeline.width = Duration{timeline.width().nanos *
                                  static_cast<std::int64_t>(timeline.buckets_per_row(columns))};
    out.talkers = gathered.packets.talkers(rows);
    out.addresses = gathered.packets.addresses();
    out.exact = gathered.packets.exact();
    out.dns = gathered.events.dns(rows);
    out.dhcp = gathered.events.dhcp(rows);
    out.counts = gathered.report.ledger.counts;
    out.dns.mdns = out.counts.mdns;
    out.dns.llmnr = out.counts.llmnr;
    out.dns.nbns = out.counts.nbns;
    out.findings = gathered.alerts.rows();
    out.anomalies = captures::anomaly_rows(out.counts);
    out.warnings = gathered.report.warnings;
    return out;
}

bool is_met(const CaptureSummary& summary, Severity severity) noexcept {
    return std::ranges::any_of(summary.findings,
                               [severity](const auto& row) { return row.severity >= severity; }) ||
           std::ranges::any_of(summary.anomalies, [severity](const auto& row) {
               return info(row.id).severity >= severity;
           });
}

}  // namespace vedette::app
