#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/watch/name_count_sink.hpp"
#include "app/watch/run_options.hpp"
#include "app/watch/summary.hpp"

namespace vedette::app {
namespace {

using testing::HasSubstr;
using testing::Not;

pipeline::RunReport report() {
    pipeline::RunReport report;
    TraceCounts& counts = report.ledger.counts;
    counts.packets = 1'234'567;
    counts.decoded = 1'234'560;
    counts.not_ours = 7;
    counts.dns_udp_query = 600'000;
    counts.dns_tcp_query = 1;
    counts.dhcp_type[1] = 3;
    counts.dhcp_type[5] = 2;
    report.ledger.source.packets = counts.packets;
    report.ledger.events = report.ledger.events_delivered = 10;
    report.ledger.sinks = {{"store", 10, 4}};
    report.elapsed = Duration::millis(1'500);
    return report;
}

TEST(Summary, IsOneLineOfJson) {
    const std::string text = summary_json(report(), {.wire = 12, .text = 11});
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["packets"], 1'234'567);
    EXPECT_EQ(json["dns_query"], 600'001);
    EXPECT_EQ(json["dns_tcp_q"], 1);
    EXPECT_EQ(json["distinct_qname_wire"], 12);
    EXPECT_EQ(json["distinct_qname"], 11);
    EXPECT_EQ(json["dhcp_discover"], 3);
    EXPECT_EQ(json["dhcp_ack"], 2);
    EXPECT_EQ(json["stored"], 6);
    EXPECT_EQ(json["not_stored"], 4);
    EXPECT_EQ(json["balanced"], true);
    EXPECT_EQ(json["elapsed"], 1.5);
}

TEST(Ledger, NamesEveryLossAndNoOther) {
    const std::string text = ledger_text(report());
    EXPECT_THAT(text, HasSubstr("1,234,567 packets"));
    EXPECT_THAT(text, HasSubstr("LOST 4 events: not kept by the store"));
    EXPECT_THAT(text, Not(HasSubstr("kernel")));
    EXPECT_THAT(text, Not(HasSubstr("balance")));
}

TEST(Ledger, SaysWhenTheBooksDoNotBalance) {
    pipeline::RunReport wrong = report();
    ++wrong.ledger.counts.packets;
    EXPECT_THAT(ledger_text(wrong), HasSubstr("does not balance"));
    EXPECT_THAT(summary_json(wrong, {}), HasSubstr("\"balanced\":false"));
}

TEST(Progress, ShowsTheShareOfAFileOrTheRateOfALine) {
    TraceCounts counts;
    counts.packets = 1'000;
    sys::SourceStatistics file;
    file.file_bytes_read = 50;
    file.file_bytes_total = 100;
    EXPECT_THAT(progress_text({file, counts, {}, 0, 0, Duration::seconds(1)}),
                HasSubstr("[##########..........]  50 %"));
    sys::SourceStatistics live;
    live.kernel_drops = 3;
    EXPECT_EQ(progress_text({live, counts, {2, 0, 0}, 0, 4, Duration::seconds(2)}),
              "1,000 packets  500/s  0 DNS  0 DHCP  7 dropped  queue 2");
}

TEST(Grouped, PutsCommasBetweenThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'000), "1,000");
    EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

TEST(NameCount, FoldsCaseAndTellsBinaryNamesApart) {
    EventBatch batch;
    const auto add = [&](std::string_view name, DnsProtocol protocol) {
        DnsTransaction event;
        event.protocol = protocol;
        event.qname = batch.bytes.append(name);
        batch.dns.push_back(event);
    };
    add(std::string_view("\1a\2fr\0", 6), DnsProtocol::Dns);
    add(std::string_view("\1A\2FR\0", 6), DnsProtocol::Dns);
    add(std::string_view("\1\xfe\2fr\0", 6), DnsProtocol::Dns);
    add(std::string_view("\1\xfd\2fr\0", 6), DnsProtocol::Dns);
    add(std::string_view("\1b\2fr\0", 6), DnsProtocol::Mdns);
    add("", DnsProtocol::Dns);
    NameCountSink sink;
    EXPECT_TRUE(sink.consume(batch));
    EXPECT_EQ(sink.distinct(), 3U);
    EXPECT_EQ(sink.distinct_as_text(), 2U);
}

TEST(RunOptions, SettingsReachTheDecoder) {
    config::Settings settings;
    settings.decode_dns_ports = {53, 8053};
    settings.decode_query_timeout = Duration::seconds(3);
    const auto options = decoder_options(settings);
    EXPECT_EQ(options.dns_ports, (std::vector<std::uint16_t>{53, 8053}));
    EXPECT_EQ(options.dns.timeout, Duration::seconds(3));
    EXPECT_EQ(options.max_fragment_bytes, 16U << 20U);
}

}  // namespace
}  // namespace vedette::app
