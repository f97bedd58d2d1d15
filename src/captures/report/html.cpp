#include "captures/report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "captures/report/drawing.hpp"
#include "captures/report/html_style.hpp"
#include "captures/report/words.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::captures {
namespace {

/// Text from the network as element content.
std::string safe(std::string_view text) {
    return xml_text(render::safe_text(text));
}

class Page {
  public:
    explicit Page(const CaptureSummary& summary) : summary_(summary) {}

    std::string html() {
        head();
        tiles();
        findings();
        protocols();
        timeline();
        talkers();
        dns();
        dhcp();
        anomalies();
        ledger();
        out_ += "</main>\n</body>\n</html>\n";
        return std::move(out_);
    }

  private:
    template <typename... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Arguments>(arguments)...);
    }

    void head() {
        const std::string title = safe(subject(summary_));
        // The policy says it once more: this page fetches nothing and runs nothing.
        add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'\"/>\n<meta name=\"viewport\" content=\"width=device-width, "
            "initial-scale=1\"/>\n<title>{} - Vedette</title>\n<style>{}</style>\n</head>\n"
            "<body>\n<main>\n<h1>{}</h1>\n<p class=\"sub\">{}</p>\n",
            title, kPageStyle, title, safe(headline(summary_)));
        for (const std::string& warning : summary_.warnings) {
            add("<section class=\"warning\"><b>Warning:</b> {}</section>\n", safe(warning));
        }
    }

    void tile(std::string_view number, std::string_view what) {
        add("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", xml_text(number), what);
    }
    void tiles() {
        out_ += "<div class=\"tiles\">\n";
        tile(grouped(summary_.totals.packets), "packets");
        tile(size_text(summary_.totals.bytes), "on the wire");
        tile(std::to_string(summary_.protocols.size()), "protocols");
        tile((summary_.exact ? "" : "> ") + grouped(summary_.addresses), "IP addresses");
        tile(grouped(summary_.dns.queries), "DNS queries");
        tile(std::to_string(summary_.findings.size()), "findings");
        out_ += "</div>\n";
    }

    void findings() {
        if (summary_.findings.empty()) return;
        out_ += "<section>\n<h2>Findings</h2>\n";
        for (const FindingRow& row : summary_.findings) {
            const std::string_view severity = wire::to_text(row.severity);
            add("<div class=\"finding {}\"><p><span class=\"tag {}\">{}</span> <b>{}</b>: {}</p>\n",
                severity, severity, severity, info(row.kind).title, safe(row.subject));
            add("<p>{}</p>\n<p class=\"quiet\">{} to {}. {}</p></div>\n", safe(row.reason),
                moment(row.first), moment(row.last), xml_text(info(row.kind).advice));
        }
        out_ += "</section>\n";
    }

    void bar(std::uint64_t value, std::uint64_t most) {
        const double share =
            most == 0 ? 0 : 100.0 * static_cast<double>(value) / static_cast<double>(most);
        add("<td class=\"bar\"><span class=\"track\"><span class=\"fill\" "
            "style=\"width:{:.1f}%\"></span></span></td>",
            share);
    }

    void protocols() {
        if (summary_.protocols.empty()) return;
        out_ +=
            "<section>\n<h2>Protocols</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Protocol"
            "</th><th></th><th class=\"n\">Packets</th><th class=\"n\">Share</th><th class=\"n\">"
            "Bytes</th><th class=\"n\">Hosts</th><th "
            "class=\"n\">First</th></tr></thead>\n<tbody>\n";
        for (const ProtocolRow& row : summary_.protocols) {
            add("<tr><td title=\"{}\"><b>{}</b></td>", xml_text(info(row.protocol).title),
                xml_text(info(row.protocol).name));
            bar(row.packets, summary_.protocols.front().packets);
            add("<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
                "<td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                grouped(row.packets), xml_text(percent(row.packets, summary_.totals.packets)),
                size_text(row.bytes), grouped(row.hosts), moment(row.first));
        }
        out_ += "</tbody></table></div>\n</section>\n";
    }

    void timeline() {
        const auto& rows = summary_.timeline.rows;
        if (rows.size() < 2) return;
        const std::uint64_t most = std::max<std::uint64_t>(
            std::ranges::max(rows, {}, &TimelineBucket::packets).packets, 1);
        add("<section>\n<h2>Packets over time</h2>\n<svg class=\"line\" viewBox=\"0 0 {} 100\" "
            "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"packets over time, at most {} "
            "in {}\">\n",
            rows.size(), grouped(most), span_text(summary_.timeline.width));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i].packets == 0) continue;
            const double height = std::max(
                100.0 * static_cast<double>(rows[i].packets) / static_cast<double>(most), 1.0);
            const auto width = summary_.timeline.width.nanos * static_cast<std::int64_t>(i);
            add("<rect x=\"{}.08\" y=\"{:.2f}\" width=\"0.84\" height=\"{:.2f}\"><title>{}: {} "
                "packets, {}</title></rect>\n",
                i, 100 - height, height, moment(summary_.timeline.start + Duration{width}),
                grouped(rows[i].packets), size_text(rows[i].bytes));
        }
        add("</svg>\n<div class=\"axis\"><span>{}</span><span>a bar is {}, the highest {} packets"
            "</span><span>{}</span></div>\n</section>\n",
            moment(summary_.totals.first), span_text(summary_.timeline.width), grouped(most),
            moment(summary_.totals.last));
    }

    void talkers() {
        if (summary_.talkers.empty()) return;
        out_ +=
            "<section>\n<h2>Top talkers</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Address"
            "</th><th></th><th class=\"n\">Packets</th><th class=\"n\">Sent</th><th class=\"n\">"
            "Received</th></tr></thead>\n<tbody>\n";
        const auto total = [](const TalkerRow& row) { return row.bytes_sent + row.bytes_received; };
        for (const TalkerRow& row : summary_.talkers) {
            add("<tr><td>{}</td>", row.address.to_text());
            bar(total(row), total(summary_.talkers.front()));
            add("<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                grouped(row.packets_sent + row.packets_received), size_text(row.bytes_sent),
                size_text(row.bytes_received));
        }
        out_ += "</tbody></table></div>\n</section>\n";
    }

    void list(std::string_view title, const std::vector<CountRow>& rows) {
        if (rows.empty()) return;
        add("<div><h3>{}</h3>\n<table><tbody>\n", title);
        for (const CountRow& row : rows) {
            add("<tr><td class=\"name\">{}</td><td class=\"n\">{}</td></tr>\n", safe(row.word),
                grouped(row.count));
        }
        out_ += "</tbody></table></div>\n";
    }

    void dns() {
        const DnsTotals& dns = summary_.dns;
        if (dns.queries + dns.orphans + dns.mdns + dns.llmnr + dns.nbns == 0) return;
        out_ += "<section>\n<h2>DNS</h2>\n<div class=\"tiles\">\n";
        tile(grouped(dns.queries), "queries");
        tile(grouped(dns.matched), "answered");
        tile(grouped(dns.unanswered), "unanswered");
        tile((dns.names_exact ? "" : "> ") + grouped(dns.names), "names");
        if (dns.matched != 0) {
            tile(span_text(dns.median), "median latency");
            tile(span_text(dns.p99), "99 % within");
        }
        out_ += "</div>\n<div class=\"columns\">\n";
        list("Names", dns.top_names);
        list("Unanswered names", dns.unanswered_names);
        list("Types", dns.types);
        list("Response codes", dns.rcodes);
        list("Clients", dns.clients);
        list("Servers", dns.servers);
        list("On the link", link_messages());
        out_ += "</div>\n</section>\n";
    }
    [[nodiscard]] std::vector<CountRow> link_messages() const {
        std::vector<CountRow> rows;
        for (const auto& [word, count] : {std::pair{"mDNS messages", summary_.dns.mdns},
                                          std::pair{"LLMNR messages", summary_.dns.llmnr},
                                          std::pair{"NBNS messages", summary_.dns.nbns}}) {
            if (count != 0) rows.push_back({word, count});
        }
        return rows;
    }

    void dhcp() {
        const DhcpTotals& dhcp = summary_.dhcp;
        if (dhcp.messages == 0) return;
        add("<section>\n<h2>DHCP</h2>\n<p class=\"quiet\">{} messages of {} clients</p>\n"
            "<div class=\"columns\">\n",
            grouped(dhcp.messages), grouped(dhcp.clients));
        list("Messages", dhcp.types);
        list("Servers", dhcp.servers);
        out_ += "</div>\n";
        if (!dhcp.leases.empty()) leases(dhcp.leases);
        out_ += "</section>\n";
    }
    void leases(const std::vector<LeaseRow>& rows) {
        out_ +=
            "<h3>Leases</h3>\n<div class=\"wide\"><table>\n<thead><tr><th>Address</th><th>Client"
            "</th><th>Host</th><th>State</th><th>Server</th></tr></thead>\n<tbody>\n";
        for (const LeaseRow& row : rows) {
            add("<tr><td>{}</td><td>{}</td><td class=\"name\">{}</td><td>{}</td><td>{}</td></tr>\n",
                row.address.to_text(), row.mac.to_text(), safe(row.host_name), to_text(row.state),
                row.server.is_unspecified() ? "" : row.server.to_text());
        }
        out_ += "</tbody></table></div>\n";
    }

    void anomalies() {
        if (summary_.anomalies.empty()) return;
        out_ +=
            "<section>\n<h2>Anomalies</h2>\n<div class=\"wide\"><table>\n<thead><tr><th>Severity"
            "</th><th>Anomaly</th><th>What is wrong</th><th class=\"n\">Packets</th></tr></thead>"
            "\n<tbody>\n";
        for (const AnomalyRow& row : summary_.anomalies) {
            const wire::AnomalyInfo& anomaly = info(row.id);
            const std::string_view severity = wire::to_text(anomaly.severity);
            add("<tr><td><span class=\"tag {}\">{}</span></td><td>{}</td><td>{}</td>"
                "<td class=\"n\">{}</td></tr>\n",
                severity, severity, anomaly.id, xml_text(anomaly.sentence), grouped(row.count));
        }
        out_ += "</tbody></table></div>\n</section>\n";
    }

    void ledger() {
        const TraceCounts& counts = summary_.counts;
        add("<p class=\"quiet\">Of {} packets {} were decoded as DNS, DHCP, ARP or neighbour "
            "discovery, {} were other traffic, {} completed others, {} were damaged, {} filtered. "
            "Made by Vedette; this page fetches nothing.</p>\n",
            grouped(counts.packets), grouped(counts.decoded), grouped(counts.not_ours),
            grouped(counts.held), grouped(counts.damaged), grouped(counts.filtered));
    }

    const CaptureSummary& summary_;
    std::string out_;
};

}  // namespace

std::string report_page(const CaptureSummary& summary) {
    return Page(summary).html();
}

}  // namespace vedette::captures
