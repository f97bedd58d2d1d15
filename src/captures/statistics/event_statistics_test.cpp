#include "captures/statistics/event_statistics.hpp"

#include <gtest/gtest.h>

#include "captures/statistics/capture_summary.hpp"

namespace vedette::captures {
namespace {

const Timestamp kStart = Timestamp::from_seconds(1'795'262'400);

/// "\3www\0"
ByteSlice name(EventBatch& batch, std::string_view label) {
    std::string wire(1, static_cast<char>(label.size()));
    wire += label;
    wire += '\0';
    return batch.bytes.append(wire);
}

DnsTransaction& exchange(EventBatch& batch, std::string_view label, Duration latency) {
    DnsTransaction& event = batch.dns.emplace_back();
    event.kind = TransactionKind::Matched;
    event.query_time = kStart;
    event.response_time = kStart + latency;
    event.client = IpAddress::from_v4(0xc0000207);
    event.server = IpAddress::from_v4(0xc0000235);
    event.qtype = 1;
    event.qname = name(batch, label);
    return event;
}

TEST(EventStatistics, CountsDns) {
    EventBatch batch;
    exchange(batch, "a", Duration::millis(10));
    exchange(batch, "A", Duration::millis(20)).rcode = 3;  // the same name
    exchange(batch, "b", Duration::millis(30)).qtype = 28;
    DnsTransaction& lost = exchange(batch, "c", {});
    lost.kind = TransactionKind::Unanswered;
    lost.response_time = kNever;
    DnsTransaction& orphan = exchange(batch, "d", {});
    orphan.kind = TransactionKind::Orphan;
    orphan.query_time = kNever;
    DnsTransaction& multicast = exchange(batch, "e", {});
    multicast.protocol = DnsProtocol::Mdns;
    EventStatistics statistics;
    statistics.add(batch);
    const DnsTotals dns = statistics.dns(10);
    EXPECT_EQ(dns.queries, 4U);
    EXPECT_EQ(dns.matched, 3U);
    EXPECT_EQ(dns.unanswered, 1U);
    EXPECT_EQ(dns.orphans, 1U);
    EXPECT_EQ(dns.mdns, 1U);
    EXPECT_EQ(dns.names, 3U);
    ASSERT_EQ(dns.top_names.size(), 3U);
    EXPECT_EQ(dns.top_names[0].word, "a.");
    EXPECT_EQ(dns.top_names[0].count, 2U);
    ASSERT_EQ(dns.unanswered_names.size(), 1U);
    EXPECT_EQ(dns.unanswered_names[0].word, "c.");
    ASSERT_EQ(dns.types.size(), 2U);
    EXPECT_EQ(dns.types[0].word, "A");
    EXPECT_EQ(dns.types[0].count, 3U);
    ASSERT_EQ(dns.rcodes.size(), 2U);
    EXPECT_EQ(dns.rcodes[1].word, "NXDOMAIN");
    EXPECT_EQ(dns.clients[0].word, "192.0.2.7");
    EXPECT_EQ(dns.clients[0].count, 4U);
    EXPECT_EQ(dns.servers[0].count, 4U);
    EXPECT_NEAR(static_cast<double>(dns.median.nanos), 20e6, 1e6);
    EXPECT_EQ(dns.slowest, Duration::millis(30));
    EXPECT_EQ(statistics.dns(1).top_names.size(), 1U);
}

TEST(EventStatistics, CountsDhcpAndKeepsTheLastStateOfALease) {
    EventBatch batch;
    for (const DhcpType type : {DhcpType{1}, DhcpType{2}, DhcpType{3}, DhcpType{5}}) {
        DhcpMessage& message = batch.dhcp.emplace_back();
        message.type = type;
        message.client_mac = MacAddress::from_u64(0x0c0000000010);
        message.server_ip = IpAddress::from_v4(0xc0000201);
    }
    DhcpMessage& solicit = batch.dhcp.emplace_back();
    solicit.v6 = true;
    solicit.type = 1;
    for (const LeaseState state : {LeaseState::Offered, LeaseState::Bound}) {
        LeaseEvent& lease = batch.leases.emplace_back();
        lease.address = IpAddress::from_v4(0xc0000264);
        lease.mac = MacAddress::from_u64(0x0c0000000010);
        lease.state = state;
        if (state == LeaseState::Offered) lease.host_name = batch.bytes.append("laptop");
    }
    EventStatistics statistics;
    statistics.add(batch);
    const DhcpTotals dhcp = statistics.dhcp(10);
    EXPECT_EQ(dhcp.messages, 5U);
    EXPECT_EQ(dhcp.clients, 1U);
    ASSERT_EQ(dhcp.types.size(), 5U);
    EXPECT_EQ(dhcp.types[0].word, "Discover");
    EXPECT_EQ(dhcp.types[4].word, "Solicit (v6)");
    ASSERT_EQ(dhcp.servers.size(), 1U);
    EXPECT_EQ(dhcp.servers[0].count, 2U);  // what a client names is no word of the server
    ASSERT_EQ(dhcp.leases.size(), 1U);
    EXPECT_EQ(dhcp.leases[0].state, LeaseState::Bound);
    EXPECT_EQ(dhcp.leases[0].host_name, "laptop");
}

TEST(EventStatistics, LeasesAreBounded) {
    EventStatistics statistics;
    EventBatch batch;
    for (std::uint32_t i = 0; i < EventStatistics::kMaxLeases + 5; ++i)
        batch.leases.emplace_back().address = IpAddress::from_v4(0x0a000000 + i);
    statistics.add(batch);
    EXPECT_EQ(statistics.dhcp(SIZE_MAX).leases.size(), EventStatistics::kMaxLeases);
}

TEST(CaptureSummary, AnomaliesAreInTheOrderOfTheirSeverity) {
    TraceCounts counts;
    for (std::size_t i = 1; i < counts.anomalies.size(); ++i)
        counts.anomalies[i] = i;
    const std::vector<AnomalyRow> rows = anomaly_rows(counts);
    ASSERT_EQ(rows.size(), counts.anomalies.size() - 1);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto before = info(rows[i - 1].id).severity;
        const auto here = info(rows[i].id).severity;
        EXPECT_TRUE(before > here || (before == here && rows[i - 1].count >= rows[i].count));
    }
    EXPECT_TRUE(anomaly_rows({}).empty());
}

}  // namespace
}  // namespace vedette::captures
