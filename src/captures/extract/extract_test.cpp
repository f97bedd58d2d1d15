// Chosen transactions bring all their packets: decoded alone, these give the same transactions.
#include <gtest/gtest.h>

#include <filesystem>

#include "captures/extract/packet_trail.hpp"
#include "captures/extract/selection.hpp"
#include "decode/decoder.hpp"
#include "model/filter_match.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::captures {
namespace {

const std::string kData = "../shared/data/";

struct Packets {
    std::vector<sys::PacketRecord> records;
    std::vector<std::vector<std::uint8_t>> bytes;

    void add(const sys::PacketRecord& record) {
        bytes.emplace_back(record.data, record.data + record.captured);
        records.push_back(record);
        records.back().data = bytes.back().data();
    }
};

Packets read_file(const std::string& path) {
    Packets packets;
    auto source = sys::make_file_source({path});
    if (!source) return packets;
    sys::PacketBatch batch;
    for (auto status = (*source)->read(batch); status && *status != sys::ReadStatus::End;
         status = (*source)->read(batch)) {
        for (const sys::PacketRecord& record : batch.packets)
            packets.add(record);
    }
    return packets;
}

EventBatch decode(const Packets& packets) {
    decode::Decoder decoder;
    sys::PacketBatch batch;
    batch.packets = packets.records;
    EventBatch events;
    decoder.decode(batch, events);
    decoder.finish(events);
    return events;
}

struct Result {
    Selection selection;
    Packets packets;
};

Result extract(const Packets& packets, const Filter& filter) {
    Result result;
    SelectionSink sink(filter);
    EXPECT_TRUE(sink.consume(decode(packets)));
    result.selection = sink.take();
    PacketTrail trail(result.selection);
    decode::PacketInspector inspector;
    decode::PacketFacts facts;
    for (std::size_t i = 0; i < packets.records.size(); ++i) {
        inspector.inspect(packets.records[i], i + 1, facts);
        trail.add(facts);
    }
    trail.finish();
    for (const std::uint64_t number : result.selection.packets)
        result.packets.add(packets.records[number - 1]);
    return result;
}

std::uint64_t count(const EventBatch& events, const Filter& filter) {
    render::LogRowMaker rows;
    std::uint64_t matched = 0;
    for (const DnsTransaction& event : events.dns)
        matched += matches(filter, rows.make(event, events.bytes)) ? 1 : 0;
    return matched;
}

Filter one(FilterField field, FilterValue value) {
    Filter filter;
    filter.terms.push_back({field, FilterOperator::Equal, false, {std::move(value)}});
    return filter;
}

class Extract : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no ../shared/data beside the project";
    }
};

TEST_F(Extract, brings_the_fragments_of_an_answer) {
    const Packets packets = read_file(kData + "DNS-OARC-dnscap/frags.pcap");
    ASSERT_FALSE(packets.records.empty());
    const Filter filter = one(FilterField::Is, FilterFlag::Fragmented);
    const Result result = extract(packets, filter);
    const std::uint64_t wanted = count(decode(packets), filter);
    ASSERT_GT(wanted, 0U);
    EXPECT_EQ(result.selection.transactions, wanted);
    EXPECT_EQ(count(decode(result.packets), filter), wanted);
}

// Every message of a persistent connection alone: its own segments come, and few others.
TEST_F(Extract, brings_the_segments_of_a_message) {
    for (const char* file :
         {"DNS-OARC-dnscap/dnso1tcp.pcap", "DNS-OARC-dnscap/dnsotcp-many1pkt.pcap",
          "orb-community-pktvisor/dns_udp_tcp_random.pcap"}) {
        const Packets packets = read_file(kData + file);
        ASSERT_FALSE(packets.records.empty()) << file;
        const EventBatch events = decode(packets);
        Filter tcp = one(FilterField::Transport, std::uint64_t{1});
        const std::uint64_t all = count(events, tcp);
        ASSERT_GT(all, 0U) << file;
        EXPECT_GE(count(decode(extract(packets, tcp).packets), tcp), all) << file;
        render::LogRowMaker rows;
        unsigned tried = 0;
        for (const DnsTransaction& event : events.dns) {
            if (event.transport != Transport::Tcp || event.kind != TransactionKind::Matched)
                continue;
            if (++tried > 20) break;
            const LogRow& row = rows.make(event, events.bytes);
            Filter filter = one(FilterField::Port, std::uint64_t{event.client_port});
            filter.terms.push_back(
                {FilterField::Time, FilterOperator::GreaterEqual, false, {row.time}});
            filter.terms.push_back(
                {FilterField::Time, FilterOperator::LessEqual, false, {row.time}});
            const Result result = extract(packets, filter);
            EXPECT_GE(count(decode(result.packets), filter), 1U) << file << " " << row.name;
            EXPECT_LE(result.packets.records.size(), 40U) << file;
        }
    }
}

TEST_F(Extract, brings_the_whole_dhcp_exchange) {
    const Packets packets = read_file(kData + "seladb-PcapPlusPlus/Dhcp1.pcap");
    const Packets other = read_file(kData + "the-tcpdump-group-tcpdump/dhcp-rfc4388.pcap");
    const Packets& capture = packets.records.empty() ? other : packets;
    ASSERT_FALSE(capture.records.empty());
    const EventBatch events = decode(capture);
    ASSERT_FALSE(events.dhcp.empty());
    const std::uint8_t type = events.dhcp[0].type;
    const Result result = extract(capture, one(FilterField::Message, std::uint64_t{type}));
    EXPECT_GE(result.selection.packets.size(), result.selection.dhcp_messages);
    for (const DhcpMessage& event : events.dhcp) {
        const bool same = event.transaction_id == events.dhcp[0].transaction_id &&
                          event.client_mac == events.dhcp[0].client_mac;
        if (same) {
            EXPECT_TRUE(result.selection.contains(event.packet)) << event.packet;
        }
    }
}

TEST_F(Extract, takes_nothing_when_nothing_matches) {
    const Packets packets = read_file(kData + "DNS-OARC-dnscap/frags.pcap");
    const Result result = extract(packets, one(FilterField::Port, std::uint64_t{1}));
    EXPECT_EQ(result.selection.transactions, 0U);
    EXPECT_TRUE(result.selection.packets.empty());
}

}  // namespace
}  // namespace vedette::captures
