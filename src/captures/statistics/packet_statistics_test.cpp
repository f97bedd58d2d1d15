#include "captures/statistics/packet_statistics.hpp"

#include <gtest/gtest.h>

#include "captures/statistics/heavy_hitters.hpp"

namespace vedette::captures {
namespace {

using decode::PacketFacts;
using decode::ProtocolId;

PacketFacts packet(ProtocolId protocol, std::uint32_t from, std::uint32_t to, std::uint32_t bytes) {
    PacketFacts facts;
    facts.time = Timestamp::from_seconds(1'795'262'400);
    facts.protocol = protocol;
    facts.source = IpAddress::from_v4(from);
    facts.destination = IpAddress::from_v4(to);
    facts.has_ip = true;
    facts.original = bytes;
    facts.captured = bytes / 2;
    return facts;
}

constexpr std::uint32_t kA = 0xc0000201;
constexpr std::uint32_t kB = 0xc0000202;
constexpr std::uint32_t kC = 0xc0000203;

TEST(PacketStatistics, CountsProtocolsAndTheirHosts) {
    PacketStatistics statistics;
    statistics.add(packet(ProtocolId::Dns, kA, kB, 100));
    statistics.add(packet(ProtocolId::Dns, kB, kA, 200));
    statistics.add(packet(ProtocolId::Https, kA, kC, 1'000));
    statistics.add(packet(ProtocolId::Dns, kA, 0xe00000fb, 50));  // a group is no host
    const std::vector<ProtocolRow> rows = statistics.protocols();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].protocol, ProtocolId::Dns);
    EXPECT_EQ(rows[0].packets, 3U);
    EXPECT_EQ(rows[0].bytes, 350U);
    EXPECT_EQ(rows[0].hosts, 2U);
    EXPECT_EQ(rows[1].hosts, 2U);
    EXPECT_EQ(statistics.totals().packets, 4U);
    EXPECT_EQ(statistics.totals().bytes, 1'350U);
    EXPECT_EQ(statistics.totals().captured_bytes, 675U);
}

TEST(PacketStatistics, FirstAndLastAreTheEarliestAndLatest) {
    PacketStatistics statistics;
    for (const std::int64_t second : {50, 10, 90, 30}) {
        PacketFacts facts = packet(ProtocolId::Ntp, kA, kB, 10);
        facts.time = Timestamp::from_seconds(second);
        statistics.add(facts);
    }
    EXPECT_EQ(statistics.totals().first, Timestamp::from_seconds(10));
    EXPECT_EQ(statistics.totals().last, Timestamp::from_seconds(90));
    EXPECT_EQ(statistics.protocols()[0].first, Timestamp::from_seconds(10));
}

TEST(PacketStatistics, TalkersBothWays) {
    PacketStatistics statistics;
    statistics.add(packet(ProtocolId::Https, kA, kB, 100));
    statistics.add(packet(ProtocolId::Https, kB, kA, 900));
    statistics.add(packet(ProtocolId::Dns, kC, kA, 10));
    const std::vector<TalkerRow> rows = statistics.talkers(2);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].address, IpAddress::from_v4(kA));
    EXPECT_EQ(rows[0].bytes_sent, 100U);
    EXPECT_EQ(rows[0].bytes_received, 910U);
    EXPECT_EQ(rows[0].packets_sent, 1U);
    EXPECT_EQ(rows[0].packets_received, 2U);
    EXPECT_EQ(rows[1].address, IpAddress::from_v4(kB));
    EXPECT_EQ(statistics.addresses(), 3U);
    EXPECT_TRUE(statistics.exact());
}

TEST(PacketStatistics, WithoutIpTheLinksAddressesAreHosts) {
    PacketStatistics statistics;
    PacketFacts facts;
    facts.protocol = ProtocolId::Lldp;
    facts.has_link = true;
    facts.link_source = MacAddress::from_u64(0x0c0000000010);
    facts.link_destination = MacAddress::from_u64(0x0180c200000e);  // a group
    statistics.add(facts);
    EXPECT_EQ(statistics.protocols()[0].hosts, 1U);
    EXPECT_EQ(statistics.addresses(), 0U);
}

TEST(PacketStatistics, AScanDoesNotGrowItWithoutEnd) {
    PacketStatistics statistics;
    statistics.add(packet(ProtocolId::Https, kA, kB, 1'000'000));
    for (std::uint32_t i = 0; i < 600'000; ++i)
        statistics.add(packet(ProtocolId::Tcp, kC, 0x0a000000 + i, 60));
    EXPECT_FALSE(statistics.exact());
    EXPECT_LE(statistics.addresses(), std::uint64_t{1} << 18U);
    EXPECT_EQ(statistics.totals().packets, 600'001U);
    // Who was heavy before the scan is still known.
    EXPECT_EQ(statistics.talkers(1)[0].address, IpAddress::from_v4(kC));
    EXPECT_EQ(statistics.talkers(3)[1].bytes_sent + statistics.talkers(3)[1].bytes_received,
              1'000'000U);
}

struct Weight {
    std::uint64_t weight = 0;
};

TEST(HeavyHitters, ForgetsTheLightAndSaysSo) {
    HeavyHitters<int, Weight> hitters(4);
    for (const auto& [key, weight] : {std::pair{1, 10}, {2, 1}, {3, 8}, {4, 2}})
        hitters.at(key).weight = static_cast<std::uint64_t>(weight);
    EXPECT_TRUE(hitters.exact());
    hitters.at(5).weight = 5;
    EXPECT_FALSE(hitters.exact());
    const auto rows = hitters.top(9);
    ASSERT_GE(rows.size(), 2U);
    EXPECT_EQ(rows[0].key, 1);
    EXPECT_EQ(rows.back().key, 5);
}

TEST(HeavyHitters, EqualsAreInTheOrderOfTheirKeys) {
    HeavyHitters<int, Weight> hitters;
    for (const int key : {5, 3, 9, 1})
        hitters.at(key).weight = 7;
    const auto rows = hitters.top(3);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].key, 1);
    EXPECT_EQ(rows[1].key, 3);
    EXPECT_EQ(rows[2].key, 5);
}

}  // namespace
}  // namespace vedette::captures
