#include <gtest/gtest.h>

#include "captures/report/chart.hpp"
#include "captures/report/drawing.hpp"
#include "captures/report/html.hpp"
#include "captures/report/json.hpp"
#include "captures/report/protocol_csv.hpp"
#include "captures/report/terminal.hpp"
#include "captures/report/words.hpp"

namespace vedette::captures {
namespace {

using decode::ProtocolId;

/// A capture of `protocols` rows of 100, 99, ... packets.
CaptureSummary summary_of(std::size_t protocols) {
    CaptureSummary summary;
    summary.files = {"/tmp/a.pcap"};
    summary.totals.first = Timestamp::from_seconds(1'795'262'400);
    summary.totals.last = Timestamp::from_seconds(1'795'262'652);
    for (std::size_t i = 0; i < protocols; ++i) {
        ProtocolRow& row = summary.protocols.emplace_back();
        row.protocol = static_cast<ProtocolId>(i);
        row.packets = 100 - i;
        row.bytes = 1'000 * row.packets;
        row.first = summary.totals.first;
        row.last = summary.totals.last;
        row.hosts = 2;
        summary.totals.packets += row.packets;
        summary.totals.bytes += row.bytes;
    }
    return summary;
}

TEST(Words, Numbers) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
    EXPECT_EQ(percent(1, 3), "33.3 %");
    EXPECT_EQ(percent(1, 10'000), "< 0.1 %");
    EXPECT_EQ(percent(0, 10), "0 %");
    EXPECT_EQ(percent(0, 0), "0 %");
    EXPECT_EQ(percent(5, 5), "100.0 %");
}

TEST(Words, Spans) {
    EXPECT_EQ(span_text(Duration{0}), "0 us");
    EXPECT_EQ(span_text(Duration{850'000}), "850 us");
    EXPECT_EQ(span_text(Duration::millis(12)), "12 ms");
    EXPECT_EQ(span_text(Duration::seconds(59)), "59 s");
    EXPECT_EQ(span_text(Duration::seconds(252)), "4 m 12 s");
    EXPECT_EQ(span_text(Duration::seconds(3'600)), "1 h");
    EXPECT_EQ(span_text(Duration::seconds(90'000)), "1 d 1 h");
    EXPECT_EQ(span_text(Duration::seconds(10 * 31'556'952)), "10.0 years");
}

TEST(Bars, WhatIsLeastBecomesOne) {
    EXPECT_EQ(bars(summary_of(5), 5).size(), 5U);
    const std::vector<Bar> rows = bars(summary_of(8), 5);
    ASSERT_EQ(rows.size(), 5U);
    EXPECT_EQ(rows[4].label, "other (4)");
    EXPECT_EQ(rows[4].packets, 96U + 95 + 94 + 93);
    EXPECT_TRUE(bars(summary_of(0), 5).empty());
}

TEST(Terminal, Bars) {
    EXPECT_EQ(bar_text(0, 10, 10, Glyphs::Blocks), "");
    EXPECT_EQ(bar_text(10, 10, 3, Glyphs::Blocks), "███");
    EXPECT_EQ(bar_text(5, 10, 3, Glyphs::Blocks), "█▌");
    EXPECT_EQ(bar_text(1, 1'000'000, 3, Glyphs::Blocks), "▏");
    EXPECT_EQ(bar_text(10, 10, 3, Glyphs::Ascii), "###");
    EXPECT_EQ(bar_text(1, 1'000'000, 3, Glyphs::Ascii), "#");
}

TEST(Terminal, Sparkline) {
    EXPECT_EQ(sparkline({0, 1, 4, 8}, Glyphs::Blocks), " ▁▄█");
    EXPECT_EQ(sparkline({0, 0}, Glyphs::Blocks), "  ");
    EXPECT_EQ(sparkline({}, Glyphs::Blocks), "");
    EXPECT_EQ(sparkline({0, 8}, Glyphs::Ascii), " #");
}

TEST(Terminal, HostileTextIsMadeSafe) {
    CaptureSummary summary = summary_of(1);
    summary.dns.queries = 1;
    summary.dns.top_names = {{"a\x1b[2Jb", 1}};
    summary.warnings = {"file \x1b]0;x\x07"};
    EXPECT_EQ(terminal_text(summary, {}).find('\x1b'), std::string::npos);
}

TEST(Chart, FormatByName) {
    EXPECT_EQ(chart_format("a.svg"), ChartFormat::Svg);
    EXPECT_EQ(chart_format("-"), ChartFormat::Svg);
    EXPECT_EQ(chart_format("a.b.PNG"), ChartFormat::Png);
    EXPECT_EQ(chart_format("png"), std::nullopt);
    EXPECT_EQ(chart_format("a.svg.gz"), std::nullopt);
}

TEST(Chart, SvgHasABarForEachRow) {
    const auto text = chart_file(summary_of(4), ChartFormat::Svg);
    ASSERT_TRUE(text);
    std::size_t shown = 0;
    for (std::size_t at = 0; (at = text->find("class=\"bar\"", at)) != std::string::npos; ++at)
        ++shown;
    EXPECT_EQ(shown, 4U);
    EXPECT_NE(text->find(">100</text>"), std::string::npos);
    EXPECT_NE(text->find(">25.4 %</text>"), std::string::npos);
}

TEST(Chart, AnEmptyCaptureSaysSo) {
    const auto text = chart_file(summary_of(0), ChartFormat::Svg);
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("no packets"), std::string::npos);
}

TEST(Xml, EscapesAndReplaces) {
    EXPECT_EQ(xml_text("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
    EXPECT_EQ(xml_text(std::string("a\0b", 3)),
              "a\xef\xbf\xbd"
              "b");
    EXPECT_EQ(xml_text("\xff\xc3\xa9"), "\xef\xbf\xbd\xc3\xa9");
    EXPECT_EQ(xml_text("\xef\xbf\xbf"), "\xef\xbf\xbd");  // U+FFFF
}

TEST(Html, NamesAreText) {
    CaptureSummary summary = summary_of(2);
    summary.files = {"<b>.pcap"};
    summary.dns.queries = 1;
    summary.dns.top_names = {{"<script>x</script>.", 1}};
    FindingRow& finding = summary.findings.emplace_back();
    finding.severity = Severity::High;
    finding.subject = "<i>";
    const std::string page = report_page(summary);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("<i>"), std::string::npos);
    EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(page.find("class=\"finding high\""), std::string::npos);
}

TEST(Json, IsOneLine) {
    const std::string text = summary_json(summary_of(3));
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_NE(text.find("\"packets\":297"), std::string::npos);
}

TEST(ProtocolCsv, RowsAndShares) {
    EXPECT_EQ(protocol_csv(summary_of(0)), "protocol,packets,bytes,share,first,last,hosts\n");
    const std::string text = protocol_csv(summary_of(1));
    EXPECT_EQ(text,
              "protocol,packets,bytes,share,first,last,hosts\n"
              "unknown,100,100000,1.000000,1795262400.000000000,1795262652.000000000,2\n");
}

}  // namespace
}  // namespace vedette::captures
