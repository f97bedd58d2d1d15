#include "captures/report/json.hpp"

#include "render/json/json_line.hpp"

namespace vedette::captures {
namespace {

using render::JsonLine;

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

void time(JsonLine& line, std::string_view key, Timestamp moment) {
    if (moment.known()) line.seconds(key, moment.nanos);
}

/// "[" objects made by `each` "]".
template <typename Rows, typename Each>
std::string objects(const Rows& rows, Each each) {
    std::string out = "[";
    for (const auto& row : rows) {
        if (out.size() > 1) out += ',';
        JsonLine line(out);
        each(line, row);
        line.finish();
        out.pop_back();  // its newline
    }
    return out + "]";
}

std::string counts(const std::vector<CountRow>& rows) {
    return objects(rows, [](JsonLine& line, const CountRow& row) {
        line.text("value", row.word).number("count", number(row.count));
    });
}

std::string object(auto fill) {
    std::string out;
    JsonLine line(out);
    fill(line);
    line.finish();
    out.pop_back();
    return out;
}

std::string dns(const DnsTotals& dns) {
    return object([&](JsonLine& line) {
        line.number("queries", number(dns.queries)).number("answered", number(dns.matched));
        line.number("unanswered", number(dns.unanswered)).number("orphans", number(dns.orphans));
        line.number("mdns", number(dns.mdns)).number("llmnr", number(dns.llmnr));
        line.number("nbns", number(dns.nbns)).number("names", number(dns.names));
        if (dns.matched != 0) {
            line.seconds("latency_p50", dns.median.nanos).seconds("latency_p90", dns.p90.nanos);
            line.seconds("latency_p99", dns.p99.nanos).seconds("latency_max", dns.slowest.nanos);
        }
        line.raw("top_names", counts(dns.top_names)).raw("types", counts(dns.types));
        line.raw("unanswered_names", counts(dns.unanswered_names));
        line.raw("rcodes", counts(dns.rcodes)).raw("clients", counts(dns.clients));
        line.raw("servers", counts(dns.servers));
    });
}

std::string dhcp(const DhcpTotals& dhcp) {
    return object([&](JsonLine& line) {
        line.number("messages", number(dhcp.messages)).number("clients", number(dhcp.clients));
        line.raw("types", counts(dhcp.types)).raw("servers", counts(dhcp.servers));
        line.raw("leases", objects(dhcp.leases, [](JsonLine& row, const LeaseRow& lease) {
                     time(row, "ts", lease.time);
                     row.text("ip", lease.address.to_text()).text("mac", lease.mac.to_text());
                     row.text("state", to_text(lease.state));
                     if (!lease.host_name.empty()) row.text("host", lease.host_name);
                     if (!lease.server.is_unspecified()) {
                         row.text("server", lease.server.to_text());
                     }
                 }));
    });
}

std::string timeline(const TimelineRows& rows) {
    return object([&](JsonLine& line) {
        time(line, "start", rows.start);
        line.seconds("width", rows.width.nanos);
        line.begin_array("packets");
        for (const TimelineBucket& bucket : rows.rows)
            line.item(number(bucket.packets));
        line.end_array().begin_array("bytes");
        for (const TimelineBucket& bucket : rows.rows)
            line.item(number(bucket.bytes));
        line.end_array();
    });
}

void add_lists(JsonLine& out, const CaptureSummary& summary) {
    out.raw("protocols", objects(summary.protocols, [](JsonLine& line, const ProtocolRow& row) {
                line.text("protocol", info(row.protocol).name);
                line.number("packets", number(row.packets)).number("bytes", number(row.bytes));
                time(line, "first", row.first);
                time(line, "last", row.last);
                line.number("hosts", number(row.hosts));
            }));
    out.raw("talkers", objects(summary.talkers, [](JsonLine& line, const TalkerRow& row) {
                line.text("ip", row.address.to_text());
                line.number("packets_sent", number(row.packets_sent));
                line.number("packets_received", number(row.packets_received));
                line.number("bytes_sent", number(row.bytes_sent));
                line.number("bytes_received", number(row.bytes_received));
            }));
    out.raw("findings", objects(summary.findings, [](JsonLine& line, const FindingRow& row) {
                line.text("id", info(row.kind).id).text("severity", wire::to_text(row.severity));
                line.text("subject", row.subject).text("reason", row.reason);
                line.number("count", number(row.count));
                time(line, "first", row.first);
                time(line, "last", row.last);
            }));
    out.raw("anomalies", objects(summary.anomalies, [](JsonLine& line, const AnomalyRow& row) {
                line.text("id", info(row.id).id);
                line.text("severity", wire::to_text(info(row.id).severity));
                line.number("packets", number(row.count));
            }));
}

}  // namespace

std::string summary_json(const CaptureSummary& summary) {
    std::string out;
    JsonLine line(out);
    line.begin_array("files");
    for (const std::string& file : summary.files)
        line.item(file);
    line.end_array();
    line.number("packets", number(summary.totals.packets));
    line.number("bytes", number(summary.totals.bytes));
    line.number("captured_bytes", number(summary.totals.captured_bytes));
    time(line, "first", summary.totals.first);
    time(line, "last", summary.totals.last);
    line.number("addresses", number(summary.addresses)).boolean("exact", summary.exact);
    line.raw("timeline", timeline(summary.timeline));
    line.raw("dns", dns(summary.dns)).raw("dhcp", dhcp(summary.dhcp));
    add_lists(line, summary);
    line.raw("ledger", object([&](JsonLine& ledger) {
                 const TraceCounts& counts = summary.counts;
                 ledger.number("packets", number(counts.packets));
                 ledger.number("decoded", number(counts.decoded));
                 ledger.number("filtered", number(counts.filtered));
                 ledger.number("not_ours", number(counts.not_ours));
                 ledger.number("damaged", number(counts.damaged));
                 ledger.number("held", number(counts.held));
             }));
    line.begin_array("warnings");
    for (const std::string& warning : summary.warnings)
        line.item(warning);
    line.end_array();
    line.finish();
    return out;
}

}  // namespace vedette::captures
