#include "captures/report/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "captures/report/words.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::captures {
namespace {

using render::Align;
using render::TextTable;
using render::Tone;

constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
constexpr std::string_view kHeights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view kAsciiHeights[] = {" ", ".", ".", ":", ":", "|", "|", "#", "#"};
constexpr std::size_t kMostBars = 16;

/// The page under way.
class Page {
  public:
    Page(const CaptureSummary& summary, const TerminalStyle& style)
        : summary_(summary), style_(style) {}

    std::string text() {
        out_ += toned(render::safe_text(subject(summary_)), Tone::Strong) + "  " +
                headline(summary_) + "\n";
        protocols();
        timeline();
        talkers();
        dns();
        dhcp();
        findings();
        anomalies();
        for (const std::string& warning : summary_.warnings)
            out_ += "\n" + toned("warning: ", Tone::Warning) + render::safe_text(warning) + "\n";
        return std::move(out_);
    }

  private:
    [[nodiscard]] std::string toned(std::string_view text, Tone tone) const {
        return render::toned(text, tone, style_.color);
    }
    void title(std::string_view text, std::string_view more = {}) {
        out_ += "\n" + toned(text, Tone::Strong);
        if (!more.empty()) out_ += "  " + toned(more, Tone::Quiet);
        out_ += '\n';
    }

    void protocols() {
        const std::vector<Bar> rows = bars(summary_, kMostBars);
        if (rows.empty()) return;
        title("Protocols");
        std::uint64_t most = 0;
        for (const Bar& row : rows)
            most = std::max(most, row.packets);
        const std::size_t columns = std::clamp<std::size_t>(style_.width, 60, 120) - 56;
        TextTable table({{"protocol"},
                         {""},
                         {"packets", Align::Right},
                         {"share", Align::Right},
                         {"bytes", Align::Right},
                         {"hosts", Align::Right}},
                        style_.color);
        for (const Bar& row : rows) {
            table.add({{row.label, Tone::Strong},
                       {bar_text(row.packets, most, columns, style_.glyphs), Tone::Good},
                       {grouped(row.packets)},
                       {percent(row.packets, summary_.totals.packets)},
                       {size_text(row.bytes)},
                       {row.hosts == 0 ? "" : grouped(row.hosts)}});
        }
        table.flush(out_, 0);
    }

    void timeline() {
        const TimelineRows& line = summary_.timeline;
        if (line.rows.size() < 2) return;
        std::vector<std::uint64_t> packets;
        for (const TimelineBucket& bucket : line.rows)
            packets.push_back(bucket.packets);
        const std::string most = grouped(*std::ranges::max_element(packets));
        title("Packets over time",
              fmt::format("a column is {}, the highest {}", span_text(line.width), most));
        out_ += toned(sparkline(packets, style_.glyphs), Tone::Good) + "\n";
        const std::string from = moment(summary_.totals.first);
        const std::string to = moment(summary_.totals.last);
        const std::size_t gap = packets.size() > from.size() + to.size() + 2
                                    ? packets.size() - from.size() - to.size()
                                    : 2;
        out_ += toned(from + std::string(gap, ' ') + to, Tone::Quiet) + "\n";
    }

    void talkers() {
        if (summary_.talkers.empty()) return;
        title("Top talkers", fmt::format("of {}{} addresses", summary_.exact ? "" : "at least ",
                                         grouped(summary_.addresses)));
        TextTable table({{"address"},
                         {"packets", Align::Right},
                         {"sent", Align::Right},
                         {"received", Align::Right}},
                        style_.color);
        for (const TalkerRow& row : summary_.talkers) {
            table.add({{row.address.to_text()},
                       {grouped(row.packets_sent + row.packets_received)},
                       {size_text(row.bytes_sent)},
                       {size_text(row.bytes_received)}});
        }
        table.flush(out_, style_.width);
    }

    /// "A 200, AAAA 100": a list in one line.
    void list(std::string_view what, const std::vector<CountRow>& rows) {
        if (rows.empty()) return;
        std::string text;
        for (const CountRow& row : rows) {
            if (!text.empty()) text += ", ";
            text += fmt::format("{} {}", render::safe_text(row.word), grouped(row.count));
        }
        const std::size_t room = std::max<std::size_t>(style_.width, 40) - 14;
        out_ += fmt::format("  {:<11} {}\n", what, render::clip_text(text, room));
    }

    void dns() {
        const DnsTotals& dns = summary_.dns;
        if (dns.queries + dns.orphans + dns.mdns + dns.llmnr + dns.nbns == 0) return;
        title("DNS");
        out_ +=
            fmt::format("  {} queries, {} answered, {} unanswered; {} answers without a query\n",
                        grouped(dns.queries), grouped(dns.matched), grouped(dns.unanswered),
                        grouped(dns.orphans));
        if (dns.mdns + dns.llmnr + dns.nbns != 0) {
            out_ += fmt::format("  mDNS {}, LLMNR {}, NBNS {} messages\n", grouped(dns.mdns),
                                grouped(dns.llmnr), grouped(dns.nbns));
        }
        if (dns.matched != 0) {
            out_ += fmt::format("  {:<11} half within {}, 90 % {}, 99 % {}, slowest {}\n",
                                "latency", span_text(dns.median), span_text(dns.p90),
                                span_text(dns.p99), span_text(dns.slowest));
        }
        list("types", dns.types);
        list("rcodes", dns.rcodes);
        list("names", dns.top_names);
        list("unanswered", dns.unanswered_names);
        list("clients", dns.clients);
        list("servers", dns.servers);
    }

    void dhcp() {
        const DhcpTotals& dhcp = summary_.dhcp;
        if (dhcp.messages == 0) return;
        title("DHCP");
        out_ += fmt::format("  {} messages of {} clients\n", grouped(dhcp.messages),
                            grouped(dhcp.clients));
        list("messages", dhcp.types);
        list("servers", dhcp.servers);
        if (dhcp.leases.empty()) return;
        TextTable table({{"  address"}, {"client"}, {"host"}, {"state"}, {"server"}}, style_.color);
        for (const LeaseRow& row : dhcp.leases) {
            table.add({{"  " + row.address.to_text()},
                       {row.mac.to_text()},
                       {row.host_name},
                       {std::string(to_text(row.state))},
                       {row.server.is_unspecified() ? "" : row.server.to_text()}});
        }
        table.flush(out_, style_.width);
    }

    void findings() {
        if (summary_.findings.empty()) return;
        title("Findings");
        for (const FindingRow& row : summary_.findings) {
            const Tone tone = row.severity >= Severity::High ? Tone::Bad : Tone::Warning;
            out_ += fmt::format("  {:<8}{}: {}\n          {}\n",
                                toned(wire::to_text(row.severity), tone), info(row.kind).title,
                                render::safe_text(row.subject), render::safe_text(row.reason));
        }
    }

    void anomalies() {
        if (summary_.anomalies.empty()) return;
        title("Anomalies");
        TextTable table(
            {{"  packets", Align::Right}, {"severity"}, {"what"}, {"", Align::Left, 20}},
            style_.color);
        std::size_t shown = 0;
        for (const AnomalyRow& row : summary_.anomalies) {
            if (shown++ == style_.rows) break;
            const wire::AnomalyInfo& anomaly = info(row.id);
            table.add({{grouped(row.count)},
                       {std::string(wire::to_text(anomaly.severity))},
                       {std::string(anomaly.id)},
                       {std::string(anomaly.sentence)}});
        }
        table.flush(out_, style_.width);
        if (summary_.anomalies.size() > style_.rows) {
            out_ += fmt::format("  and {} more kinds\n", summary_.anomalies.size() - style_.rows);
        }
    }

    const CaptureSummary& summary_;
    const TerminalStyle& style_;
    std::string out_;
};

}  // namespace

std::string bar_text(std::uint64_t value, std::uint64_t most, std::size_t columns, Glyphs glyphs) {
    if (value == 0 || most == 0) return {};
    const double share = static_cast<double>(value) / static_cast<double>(most);
    const std::size_t steps = glyphs == Glyphs::Blocks ? 8 : 1;
    const auto filled = std::max<std::size_t>(
        static_cast<std::size_t>(share * static_cast<double>(columns * steps)), 1);
    if (glyphs == Glyphs::Ascii) return std::string(filled, '#');
    std::string out;
    for (std::size_t i = 0; i < filled / 8; ++i)
        out += kEighths[8];
    out += kEighths[filled % 8];
    return out;
}

std::string sparkline(const std::vector<std::uint64_t>& values, Glyphs glyphs) {
    if (values.empty()) return {};
    const auto most = std::max<std::uint64_t>(*std::ranges::max_element(values), 1);
    std::string out;
    for (const std::uint64_t value : values) {
        const double share = static_cast<double>(value) / static_cast<double>(most);
        auto height = static_cast<std::size_t>(share * 8);
        if (value != 0) height = std::max<std::size_t>(height, 1);
        out += glyphs == Glyphs::Blocks ? kHeights[height] : kAsciiHeights[height];
    }
    return out;
}

std::string terminal_text(const CaptureSummary& summary, const TerminalStyle& style) {
    return Page(summary, style).text();
}

}  // namespace vedette::captures
