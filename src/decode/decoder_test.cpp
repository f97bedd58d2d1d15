#include "decode/decoder.hpp"

#include <gtest/gtest.h>

#include "decode/layer_walk.hpp"
#include "decode/test_packets.hpp"
#include "wire/reader/battery.hpp"

namespace vedette::decode {
namespace {

using namespace test;
using wire::AnomalyId;

constexpr std::string_view kName = "www.example.com";

class DecoderTest : public testing::Test {
  protected:
    const TraceCounts& run(DecoderOptions options = {}) {
        decoder_ = std::make_unique<Decoder>(std::move(options));
        out_.clear();
        decoder_->decode(packets_.batch(), out_);
        decoder_->finish(out_);
        EXPECT_TRUE(counts().balances());
        EXPECT_EQ(counts().packets, packets_.size());
        return counts();
    }
    [[nodiscard]] const TraceCounts& counts() const { return decoder_->counts(); }
    [[nodiscard]] std::uint64_t anomalies(AnomalyId id) const {
        return counts().anomalies[static_cast<std::size_t>(id)];
    }

    PacketList packets_;
    EventBatch out_;

  private:
    std::unique_ptr<Decoder> decoder_;
};

TEST_F(DecoderTest, AnExchangeBecomesOneTransaction) {
    packets_.add(query_frame(7, kName));
    packets_.add(answer_frame(7, kName));
    run();
    EXPECT_EQ(counts().decoded, 2U);
    EXPECT_EQ(counts().dns_udp_query, 1U);
    EXPECT_EQ(counts().dns_udp_response, 1U);
    EXPECT_EQ(counts().malformed, 0U);
    ASSERT_EQ(out_.dns.size(), 1U);
    const DnsTransaction& event = out_.dns[0];
    EXPECT_EQ(event.kind, TransactionKind::Matched);
    EXPECT_EQ(event.client.to_text(), kClientIp);
    EXPECT_EQ(event.link_source.to_text(), kClientMac);
    EXPECT_EQ(event.query_packet, 1U);
    EXPECT_EQ(event.response_packet, 2U);
    EXPECT_EQ(event.latency().nanos, kNanosPerMilli);
}

TEST_F(DecoderTest, LinksAndTagsLeadToTheSameMessage) {
    const Bytes inside = ipv4({}, udp(40'000, 53, query(1, kName)));
    Bytes tagged = wire::from_hex("600b 0800");
    put(tagged, inside);
    packets_.add(ethernet(0x8100, tagged));
    packets_.add(inside, 101);
    packets_.add(ethernet(0x86dd, ipv6({}, udp(40'000, 53, query(1, kName)))));
    Bytes null_link = wire::from_hex("02000000");
    put(null_link, inside);
    packets_.add(null_link, 0);
    run();
    EXPECT_EQ(counts().dns_udp_query, 4U);
    EXPECT_EQ(counts().vlan_frames, 1U);
    EXPECT_EQ(counts().ipv6_frames, 1U);
    ASSERT_EQ(out_.dns.size(), 4U);
    EXPECT_EQ(out_.dns[0].vlan, 11);
    EXPECT_EQ(out_.dns[1].mac_source, MacSource::Unknown);
    EXPECT_EQ(out_.dns[2].client.to_text(), kClientIp6);
}

TEST_F(DecoderTest, TunnelsAreFollowedToTheirLimit) {
    const Bytes inside = ipv4({}, udp(40'000, 53, query(1, kName)));
    Bytes vxlan = wire::from_hex("08000000 00007b00");
    put(vxlan, ethernet(0x0800, inside));
    packets_.add(ethernet(0x0800, ipv4({}, udp(50'000, 4789, vxlan))));
    Bytes gre = wire::from_hex("0000 0800");
    put(gre, inside);
    packets_.add(ethernet(0x0800, ipv4({47}, gre)));
    packets_.add(ethernet(0x0800, ipv4({41}, ipv6({}, udp(40'000, 53, query(2, kName))))));
    packets_.add(
        ethernet(0x0800, ipv4({}, udp(3544, 3544, ipv6({}, udp(40'000, 53, query(3, kName)))))));
    run();
    EXPECT_EQ(counts().dns_udp_query, 4U);
    for (const DnsTransaction& event : out_.dns) {
        EXPECT_NE(event.marks & DnsMarks::kTunneled, 0);
        EXPECT_EQ(event.mac_source, MacSource::Unknown);
    }
    const DecoderOptions options;
    for (std::uint32_t depth = options.max_tunnel_depth; depth <= options.max_tunnel_depth + 1;
         ++depth) {
        packets_ = {};
        Bytes nested = inside;
        for (std::uint32_t i = 0; i < depth; ++i)
            nested = ipv4({4}, nested);
        packets_.add(ethernet(0x0800, nested));
        run();
        const bool too_deep = depth > options.max_tunnel_depth;
        EXPECT_EQ(counts().dns_udp_query, too_deep ? 0U : 1U) << depth;
        EXPECT_EQ(anomalies(AnomalyId::IpTunnelTooDeep), too_deep ? 1U : 0U) << depth;
    }
}

TEST_F(DecoderTest, AFragmentedMessageCountsOnceOnTheFrameThatCompletesIt) {
    const Bytes datagram = udp(40'000, 53, query(1, kName));
    const Bytes first(datagram.begin(), datagram.begin() + 16);
    const Bytes rest(datagram.begin() + 16, datagram.end());
    packets_.add(ethernet(0x0800, ipv4({.fragment = 2, .id = 9}, rest)));
    packets_.add(ethernet(0x0800, ipv4({.fragment = 0x2000, .id = 9}, first)));
    Bytes head6 = wire::from_hex("1100 0001 00000009");
    Bytes tail6 = wire::from_hex("1100 0010 00000009");
    put(head6, first);
    put(tail6, rest);
    packets_.add(ethernet(0x86dd, ipv6({.protocol = 44}, head6)));
    packets_.add(ethernet(0x86dd, ipv6({.protocol = 44}, tail6)));
    run();
    EXPECT_EQ(counts().dns_udp_query, 2U);
    EXPECT_EQ(counts().held, 2U);
    EXPECT_EQ(counts().ipv4_fragments, 2U);
    EXPECT_EQ(counts().ipv6_fragments, 2U);
    ASSERT_EQ(out_.dns.size(), 2U);
    EXPECT_EQ(out_.dns[0].query_packet, 2U);
    EXPECT_NE(out_.dns[0].marks & DnsMarks::kFragmented, 0);
}

TEST_F(DecoderTest, TcpMessagesAreCountedNotSegments) {
    Bytes stream = framed(query(1, kName));
    put(stream, framed(query(2, kName)));
    const Bytes head(stream.begin(), stream.begin() + 5);
    const Bytes tail(stream.begin() + 5, stream.end());
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.sequence = 99, .flags = 0x02}, {}))));
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.sequence = 100}, head))));
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.sequence = 105}, tail))));
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.sequence = 105}, tail))));
    run();
    EXPECT_EQ(counts().dns_tcp_query, 2U);
    EXPECT_EQ(counts().decoded, 1U);
    EXPECT_EQ(counts().held, 3U);
}

TEST_F(DecoderTest, OtherPortsAreTakenOnlyWhenTheyLookLikeDns) {
    Bytes noise(40, 0x41);
    packets_.add(ethernet(0x0800, ipv4({}, udp(40'000, 8053, query(1, kName)))));
    packets_.add(ethernet(0x0800, ipv4({}, udp(40'000, 8053, noise))));
    packets_.add(
        ethernet(0x0800, ipv4({6}, tcp({.destination = 53'000}, framed(query(1, kName))))));
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.destination = 53'000}, noise))));
    packets_.add(ethernet(0x0800, ipv4({6}, tcp({.destination = 5355}, framed(query(1, kName))))));
    run();
    EXPECT_EQ(counts().dns_udp_query, 1U);
    EXPECT_EQ(counts().dns_tcp_query, 1U);
    EXPECT_EQ(counts().not_ours, 3U);
    DecoderOptions strict;
    strict.guess_dns_ports = false;
    run(strict);
    EXPECT_EQ(counts().not_ours, 5U);
    strict.dns_ports.push_back(8053);
    run(strict);
    EXPECT_EQ(counts().dns_udp_query, 2U);
}

TEST_F(DecoderTest, MulticastAndNameServices) {
    for (const std::uint16_t port :
         {std::uint16_t{5353}, std::uint16_t{5355}, std::uint16_t{137}}) {
        packets_.add(ethernet(
            0x0800, ipv4({17, kClientIp, "224.0.0.251"}, udp(port, port, query(1, "host.local")))));
    }
    packets_.add(ethernet(0x0800, ipv4({}, udp(5353, 53, query(1, kName)))));
    run();
    EXPECT_EQ(counts().mdns, 1U);
    EXPECT_EQ(counts().llmnr, 1U);
    EXPECT_EQ(counts().nbns, 1U);
    EXPECT_EQ(counts().dns_udp_query, 1U);  // a resolver may ask from port 5353
}

TEST_F(DecoderTest, DnsQuotedInIcmpIsNoMessage) {
    Bytes error = wire::from_hex("0303 0000 00000000");
    put(error, ipv4({}, udp(40'000, 53, query(1, kName))));
    packets_.add(ethernet(0x0800, ipv4({1}, error)));
    error[0] = 1;
    packets_.add(ethernet(0x86dd, ipv6({58}, error)));
    run();
    EXPECT_EQ(counts().not_ours, 2U);
    EXPECT_EQ(counts().dns_query(), 0U);
}

TEST_F(DecoderTest, ArpAndNdpTeachTheIdentityTable) {
    packets_.add(ethernet(
        0x0806, wire::from_hex("0001 0800 0604 0001 0c0000000010 c000020a 000000000000 c0000235")));
    Bytes advertisement =
        wire::from_hex("88000000 60000000 20010db8000000000000000000000010 0201 0c0000000010");
    packets_.add(ethernet(0x86dd, ipv6({.protocol = 58, .hop_limit = 255}, advertisement)));
    packets_.add(ethernet(0x86dd, ipv6({.protocol = 58, .hop_limit = 64}, advertisement)));
    run();
    EXPECT_EQ(counts().arp, 1U);
    EXPECT_EQ(counts().ndp, 2U);
    EXPECT_EQ(counts().decoded, 3U);
    ASSERT_EQ(out_.neighbours.size(), 2U);  // the last came from beyond the link
    EXPECT_EQ(out_.neighbours[0].source, MacSource::Arp);
    EXPECT_EQ(out_.neighbours[0].address.to_text(), kClientIp);
    EXPECT_EQ(out_.neighbours[1].source, MacSource::Ndp);
    EXPECT_EQ(out_.neighbours[1].mac.to_text(), kClientMac);
}

TEST_F(DecoderTest, WhatTheCaptureCutIsNotMalformed) {
    const Bytes whole = query_frame(1, kName);
    for (std::size_t kept = 0; kept < whole.size(); ++kept) {
        packets_.add(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)), 1,
                     static_cast<std::uint32_t>(whole.size() - kept));
    }
    run();
    EXPECT_EQ(anomalies(AnomalyId::DnsLabelOverrun), 0U);
    for (const DnsTransaction& event : out_.dns) {
        EXPECT_EQ(event.query_bytes, query(1, kName).size());
    }
}

TEST_F(DecoderTest, DamageIsCountedAndItsEvidenceBounded) {
    Bytes bad = query_frame(1, kName);
    bad[14] = 0x41;  // IPv4 with a header of four bytes
    for (int i = 0; i < 1'000; ++i)
        packets_.add(bad);
    run();
    EXPECT_EQ(counts().damaged, 1'000U);
    EXPECT_EQ(counts().malformed, 1'000U);
    EXPECT_EQ(anomalies(AnomalyId::IpBadHeaderLength), 1'000U);
    ASSERT_EQ(out_.anomalies.size(), LayerWalk::kMaxAnomalyEvents);
    EXPECT_EQ(out_.anomalies[0].evidence.length, LayerWalk::kEvidenceBytes);
    EXPECT_EQ(out_.anomalies[0].packet, 1U);
}

TEST_F(DecoderTest, TheBooksBalanceOverEveryDamage) {
    const Bytes vectors[] = {
        query_frame(1, kName),
        ethernet(0x86dd, ipv6({}, udp(40'000, 53, query(1, kName)))),
        ethernet(0x0800, ipv4({6}, tcp({}, framed(query(1, kName))))),
        ethernet(0x0800, ipv4({47}, wire::from_hex("2000 6558 00000001 02000000"))),
    };
    for (const Bytes& vector : vectors) {
        Decoder decoder;
        EventBatch out;
        std::uint64_t packets = 0;
        wire::for_each_damage(vector, [&](ByteView bytes) {
            sys::PacketBatch batch;
            batch.packets.push_back({Timestamp{1}, bytes.data(),
                                     static_cast<std::uint32_t>(bytes.size()),
                                     static_cast<std::uint32_t>(bytes.size()), 1, 0});
            decoder.decode(batch, out);
            out.clear();
            ++packets;
            ASSERT_TRUE(decoder.counts().balances());
        });
        EXPECT_EQ(decoder.counts().packets, packets);
    }
}

TEST_F(DecoderTest, TimesOfAnyKindAreSurvived) {
    for (const std::int64_t nanos : {std::int64_t{INT64_MIN}, std::int64_t{INT64_MIN + 1},
                                     std::int64_t{INT64_MAX}, std::int64_t{0}}) {
        packets_.add(query_frame(1, kName));
        packets_.last().time = Timestamp{nanos};
    }
    run();
    EXPECT_EQ(counts().dns_udp_query, 4U);
}

}  // namespace
}  // namespace vedette::decode
