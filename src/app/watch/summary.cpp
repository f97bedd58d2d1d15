#include "app/watch/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "render/json/json_line.hpp"

namespace vedette::app {
namespace {

using pipeline::RunReport;
using render::JsonLine;

void add(JsonLine& line, std::string_view key, std::uint64_t value) {
    line.number(key, static_cast<std::int64_t>(value));
}

void add_messages(JsonLine& line, const TraceCounts& c, const NameCounts& names) {
    add(line, "packets", c.packets);
    add(line, "dns_query", c.dns_query());
    add(line, "dns_response", c.dns_response());
    add(line, "distinct_qname", names.text);
    add(line, "distinct_qname_wire", names.wire);
    add(line, "dns_udp_q", c.dns_udp_query);
    add(line, "dns_udp_r", c.dns_udp_response);
    add(line, "dns_tcp_q", c.dns_tcp_query);
    add(line, "dns_tcp_r", c.dns_tcp_response);
    add(line, "mdns", c.mdns);
    add(line, "llmnr", c.llmnr);
    add(line, "nbns", c.nbns);
}

void add_dhcp(JsonLine& line, const TraceCounts& c) {
    // Option 53 of RFC 2132 9.6; 0 is a message without it.
    static constexpr std::pair<std::string_view, std::size_t> kTypes[] = {
        {"dhcp_notype", 0},  {"dhcp_discover", 1}, {"dhcp_offer", 2},
        {"dhcp_request", 3}, {"dhcp_decline", 4},  {"dhcp_ack", 5},
        {"dhcp_nak", 6},     {"dhcp_release", 7},  {"dhcp_inform", 8},
    };
    add(line, "dhcp_msgs", c.dhcp_msgs);
    for (const auto& [key, type] : kTypes)
        add(line, key, c.dhcp_type[type]);
    add(line, "dhcpv6", c.dhcpv6);
}

void add_frames(JsonLine& line, const TraceCounts& c) {
    add(line, "malformed", c.malformed);
    add(line, "malformed_dns", c.malformed_dns);
    add(line, "malformed_dhcp", c.malformed_dhcp);
    add(line, "ipv4_frags", c.ipv4_fragments);
    add(line, "ipv6_frags", c.ipv6_fragments);
    add(line, "vlan_frames", c.vlan_frames);
    add(line, "ipv6_frames", c.ipv6_frames);
    add(line, "arp", c.arp);
    add(line, "ndp", c.ndp);
    add(line, "matched", c.matched);
    add(line, "unanswered", c.unanswered);
    add(line, "orphans", c.orphans);
    add(line, "one_way", c.one_way);
    add(line, "pairing_evicted", c.pairing_evicted);
}

void add_ledger(JsonLine& line, const RunReport& report) {
    const pipeline::RunLedger& ledger = report.ledger;
    const TraceCounts& c = ledger.counts;
    add(line, "bytes", c.bytes);
    add(line, "decoded", c.decoded);
    add(line, "filtered", c.filtered);
    add(line, "not_ours", c.not_ours);
    add(line, "damaged", c.damaged);
    add(line, "held", c.held);
    add(line, "kernel_drops", ledger.source.kernel_drops);
    add(line, "interface_drops", ledger.source.interface_drops);
    add(line, "events", ledger.events);
    add(line, "dropped_queue_full", ledger.dropped_queue_full);
    add(line, "dropped_stopped", ledger.dropped_stopped);
    for (const pipeline::SinkAccount& sink : ledger.sinks) {
        if (sink.name == "store") {
            add(line, "stored", sink.kept());
            add(line, "not_stored", sink.lost);
        } else if (sink.name == "forward") {
            add(line, "spooled", sink.kept());
            add(line, "not_spooled", sink.lost);
        }
    }
    line.boolean("balanced", ledger.imbalance().empty());
    line.seconds("elapsed", report.elapsed.nanos);
}

void add_alerts(JsonLine& line, const AlertTotals& alerts) {
    add(line, "alerts", alerts.raised);
    add(line, "alerts_muted", alerts.muted);
    add(line, "alerts_folded", alerts.folded);
    add(line, "alerts_not_recorded", alerts.not_recorded);
    std::string kinds;
    for (const auto& [kind, count] : alerts.by_kind) {
        kinds += fmt::format("{}\"{}\":{}", kinds.empty() ? "" : ",", kind, count);
    }
    line.raw("alerts_by_kind", "{" + kinds + "}");
}

std::uint64_t per_second(std::uint64_t count, Duration elapsed) {
    if (elapsed.nanos <= 0) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(count) * kNanosPerSecond /
                                      static_cast<double>(elapsed.nanos));
}

/// Why events did not get where they should have, by the name of the place.
std::string loss_text(std::string_view place) {
    if (place == "forward") return "events: not sent on, the spool was full (forward.spool_size)";
    if (place == "dnstap") return "events: not told as dnstap, its reader was away or slow";
    return fmt::format("events: not kept by the {}, its disk is full", place);
}

std::string loss_lines(const pipeline::RunLedger& ledger) {
    std::string out;
    const auto line = [&](std::uint64_t count, std::string_view what) {
        if (count != 0) out += fmt::format("LOST {} {}\n", grouped(count), what);
    };
    line(ledger.source.kernel_drops, "packets: the kernel's buffer was full (capture.buffer)");
    line(ledger.source.interface_drops, "packets: dropped by the interface");
    line(ledger.dropped_queue_full, "events: storage was slower than the network");
    line(ledger.dropped_stopped, "events: still queued when the run was cut short");
    for (const pipeline::SinkAccount& sink : ledger.sinks) {
        line(sink.lost, loss_text(sink.name));
    }
    const std::string imbalance = ledger.imbalance();
    if (!imbalance.empty()) out += "The ledger does not balance: " + imbalance + "\n";
    return out;
}

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t i = text.size(); i > 3; i -= 3)
        text.insert(i - 3, 1, ',');
    return text;
}

std::string summary_json(const RunReport& report, const NameCounts& names,
                         const AlertTotals* alerts) {
    std::string out;
    JsonLine line(out);
    add_messages(line, report.ledger.counts, names);
    add_dhcp(line, report.ledger.counts);
    add_frames(line, report.ledger.counts);
    add_ledger(line, report);
    if (alerts != nullptr) add_alerts(line, *alerts);
    line.finish();
    return out;
}

std::string ledger_text(const RunReport& report) {
    const TraceCounts& c = report.ledger.counts;
    std::string out = fmt::format(
        "{} packets ({}) in {:.2f} s: {} decoded, {} completed others, {} other traffic, "
        "{} damaged",
        grouped(c.packets), rounded_bytes_text(c.bytes),
        static_cast<double>(report.elapsed.nanos) / kNanosPerSecond, grouped(c.decoded),
        grouped(c.held), grouped(c.not_ours), grouped(c.damaged));
    if (c.filtered != 0) out += fmt::format(", {} filtered", grouped(c.filtered));
    out += fmt::format("\nDNS: {} queries, {} answers; {} matched, {} unanswered, {} orphans",
                       grouped(c.dns_query()), grouped(c.dns_response()), grouped(c.matched),
                       grouped(c.unanswered), grouped(c.orphans));
    out += fmt::format("\nmDNS {}, LLMNR {}, NBNS {}, DHCP {}, DHCPv6 {}; malformed {}\n",
                       grouped(c.mdns), grouped(c.llmnr), grouped(c.nbns), grouped(c.dhcp_msgs),
                       grouped(c.dhcpv6), grouped(c.malformed));
    return out + loss_lines(report.ledger);
}

std::string progress_text(const pipeline::Progress& progress) {
    constexpr std::size_t kBar = 20;
    const std::uint64_t rate = per_second(progress.counts.packets, progress.elapsed);
    const std::uint64_t total = progress.source.file_bytes_total;
    if (total != 0) {
        const std::uint64_t read = std::min(progress.source.file_bytes_read, total);
        const auto filled = static_cast<std::size_t>(read * kBar / total);
        return fmt::format("[{}{}] {:3} %  {} of {}  {} packets/s", std::string(filled, '#'),
                           std::string(kBar - filled, '.'), read * 100 / total,
                           rounded_bytes_text(read), rounded_bytes_text(total), grouped(rate));
    }
    const std::uint64_t dropped = progress.source.kernel_drops + progress.source.interface_drops +
                                  progress.dropped_queue_full;
    return fmt::format("{} packets  {}/s  {} DNS  {} DHCP  {} dropped  queue {}",
                       grouped(progress.counts.packets), grouped(rate),
                       grouped(progress.counts.dns_query() + progress.counts.dns_response()),
                       grouped(progress.counts.dhcp_msgs + progress.counts.dhcpv6),
                       grouped(dropped), progress.queue.batches);
}

}  // namespace vedette::app
