// Every packet of every capture is in one flow or in the remainder; directions, ends and limits.
#include "captures/flows/flow_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "captures/flows/flow_csv.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::captures {
namespace {

struct Kept final : FlowSink {
    void on_flow(const Flow& flow) override { flows.push_back(flow); }
    std::vector<Flow> flows;
};

struct Made {
    std::vector<std::uint8_t> bytes;
    sys::PacketRecord record;
};

struct Shape {
    std::uint8_t protocol = 17;
    std::uint32_t source = 0x0a000001;
    std::uint32_t destination = 0x0a000002;
    std::uint16_t source_port = 40'000;
    std::uint16_t destination_port = 53;
    std::uint8_t tcp_flags = 0;
    std::uint16_t fragment = 0;  // flags and offset as in the header
    std::uint16_t payload = 0;
};

void put(std::vector<std::uint8_t>& out, std::uint64_t value, unsigned octets) {
    while (octets-- > 0)
        out.push_back(static_cast<std::uint8_t>(value >> 8U * octets));
}

/// An Ethernet frame without a trailer.
Made make(const Shape& shape, std::int64_t seconds) {
    Made made;
    std::vector<std::uint8_t>& out = made.bytes;
    const unsigned header = shape.protocol == 6 ? 20 : 8;
    out.assign(12, 0);
    put(out, 0x0800, 2);
    put(out, 0x4500, 2);
    put(out, 20 + header + shape.payload, 2);
    put(out, 77, 2);
    put(out, shape.fragment, 2);
    put(out, 64, 1);
    put(out, shape.protocol, 1);
    put(out, 0, 2);
    put(out, shape.source, 4);
    put(out, shape.destination, 4);
    put(out, shape.source_port, 2);
    put(out, shape.destination_port, 2);
    if (shape.protocol == 6) {
        put(out, 0, 8);
        put(out, 0x5000 | shape.tcp_flags, 2);
        put(out, 0, 6);
    } else {
        put(out, 8U + shape.payload, 2);
        put(out, 0, 2);
    }
    out.resize(out.size() + shape.payload, 0x55);
    made.record.time = Timestamp::from_seconds(seconds);
    made.record.data = out.data();
    made.record.captured = made.record.original = static_cast<std::uint32_t>(out.size());
    made.record.link_type = 1;
    return made;
}

Shape turned(Shape shape) {
    std::swap(shape.source, shape.destination);
    std::swap(shape.source_port, shape.destination_port);
    return shape;
}

void feed(FlowTable& table, Kept& kept, const Shape& shape, std::int64_t seconds) {
    const Made made = make(shape, seconds);
    table.add(made.record, kept);
}

TEST(FlowTable, joins_both_directions) {
    FlowTable table;
    Kept kept;
    const Shape query{.payload = 30};
    feed(table, kept, query, 10);
    feed(table, kept, turned(Shape{.payload = 100}), 11);
    table.finish(kept);
    ASSERT_EQ(kept.flows.size(), 1U);
    const Flow& flow = kept.flows[0];
    EXPECT_EQ(flow.source, IpAddress::from_v4(0x0a000001));
    EXPECT_EQ(flow.destination_port, 53);
    EXPECT_EQ(flow.forward.packets, 1U);
    EXPECT_EQ(flow.forward.ip_bytes, 58U);
    EXPECT_EQ(flow.forward.frame_bytes, 72U);
    EXPECT_EQ(flow.reverse.packets, 1U);
    EXPECT_EQ(flow.reverse.ip_bytes, 128U);
    EXPECT_EQ(flow.first(), Timestamp::from_seconds(10));
    EXPECT_EQ(flow.last(), Timestamp::from_seconds(11));
    EXPECT_EQ(flow.end, FlowEnd::Forced);
    ASSERT_EQ(flow.dns_sample.size(), 38U);
    EXPECT_EQ(flow.dns_sample[3], 53);  // the UDP header comes first
}

// What a capture begins with may be an answer; the flow still begins at the client.
TEST(FlowTable, turns_what_begins_with_an_answer) {
    FlowTable table;
    Kept kept;
    const Shape syn_ack{.protocol = 6,
                        .source = 0x0a000009,
                        .destination = 0x0a000001,
                        .source_port = 9'000,
                        .destination_port = 1'500,
                        .tcp_flags = 0x12};
    feed(table, kept, syn_ack, 1);
    Shape ack = turned(syn_ack);
    ack.tcp_flags = 0x10;
    feed(table, kept, ack, 2);
    feed(table, kept, turned(Shape{}), 3);  // an answer from port 53, alone
    table.finish(kept);
    ASSERT_EQ(kept.flows.size(), 2U);
    EXPECT_EQ(kept.flows[0].source, IpAddress::from_v4(0x0a000001));
    EXPECT_EQ(kept.flows[0].destination_port, 9'000);
    EXPECT_EQ(kept.flows[0].forward.tcp_flags, 0x10);
    EXPECT_EQ(kept.flows[0].reverse.tcp_flags, 0x12);
    // One direction only is told as it went.
    EXPECT_EQ(kept.flows[1].source_port, 53);
    EXPECT_EQ(kept.flows[1].forward.packets, 1U);
    EXPECT_EQ(kept.flows[1].reverse.packets, 0U);
}

TEST(FlowTable, ends_by_silence_and_by_age) {
    FlowTable table(
        {.max_flows = 10, .idle = Duration::seconds(60), .active = Duration::seconds(100)});
    Kept kept;
    feed(table, kept, Shape{}, 0);
    feed(table, kept, Shape{}, 60);  // exactly the limit: still one flow
    EXPECT_TRUE(kept.flows.empty());
    feed(table, kept, Shape{}, 100);  // 100 s old: told, and a new part begins
    ASSERT_EQ(kept.flows.size(), 1U);
    EXPECT_EQ(kept.flows[0].end, FlowEnd::Active);
    EXPECT_EQ(kept.flows[0].forward.packets, 2U);
    feed(table, kept, Shape{.source_port = 1}, 161);
    ASSERT_EQ(kept.flows.size(), 2U);
    EXPECT_EQ(kept.flows[1].end, FlowEnd::Idle);
    EXPECT_EQ(kept.flows[1].forward.packets, 1U);
    feed(table, kept, Shape{.protocol = 6, .tcp_flags = 4}, 162);
    feed(table, kept, Shape{.source_port = 2}, 300);
    ASSERT_EQ(kept.flows.size(), 4U);
    EXPECT_EQ(kept.flows[3].end, FlowEnd::Finished);
    EXPECT_EQ(to_text(kept.flows[3].end), "finished");
}

TEST(FlowTable, stays_within_its_limit) {
    FlowTable table({.max_flows = 3});
    Kept kept;
    for (std::uint16_t port = 1; port <= 3; ++port)
        feed(table, kept, Shape{.source_port = port}, 1);
    EXPECT_TRUE(kept.flows.empty());
    feed(table, kept, Shape{.source_port = 1}, 2);  // the first is young again
    feed(table, kept, Shape{.source_port = 4}, 2);
    ASSERT_EQ(kept.flows.size(), 1U);
    EXPECT_EQ(kept.flows[0].source_port, 2);
    EXPECT_EQ(kept.flows[0].end, FlowEnd::Evicted);
    table.finish(kept);
    EXPECT_EQ(kept.flows.size(), 4U);
    EXPECT_EQ(table.totals().evicted, 1U);
    EXPECT_EQ(table.totals().flows, 4U);
}

TEST(FlowTable, gives_fragments_to_their_datagram) {
    FlowTable table;
    Kept kept;
    feed(table, kept, Shape{.fragment = 0x2000, .payload = 8}, 1);
    feed(table, kept, Shape{.source_port = 0xdead, .destination_port = 0xbeef, .fragment = 2}, 1);
    table.finish(kept);
    ASSERT_EQ(kept.flows.size(), 1U);
    EXPECT_EQ(kept.flows[0].forward.packets, 2U);
    EXPECT_EQ(kept.flows[0].source_port, 40'000);
}

TEST(FlowTable, counts_what_is_no_ip_as_the_remainder) {
    FlowTable table;
    Kept kept;
    Made made = make(Shape{}, 1);
    made.bytes[12] = 0x88;  // LLDP
    made.bytes[13] = 0xcc;
    table.add(made.record, kept);
    table.finish(kept);
    EXPECT_TRUE(kept.flows.empty());
    EXPECT_EQ(table.totals().other_packets, 1U);
    EXPECT_EQ(table.totals().other_bytes, made.bytes.size());
}

TEST(FlowCsv, writes_a_row_for_a_flow) {
    FlowTable table;
    Kept kept;
    feed(table, kept, Shape{.protocol = 6, .destination_port = 80, .tcp_flags = 2}, 5);
    table.finish(kept);
    ASSERT_EQ(kept.flows.size(), 1U);
    std::string row;
    append_flow_csv(row, kept.flows[0]);
    EXPECT_EQ(row,
              "5.000000000,5.000000000,6,10.0.0.1,40000,10.0.0.2,80,1,40,54,S,0,0,0,,0,0,0,"
              "capture end\n");
    EXPECT_EQ(std::ranges::count(row, ','), std::ranges::count(flow_csv_header(), ','));
}

// The books close on every capture there is.
TEST(FlowTable, totals_are_those_of_the_captures) {
    const std::filesystem::path data = "../shared/data";
    if (!std::filesystem::exists(data)) GTEST_SKIP() << "no ../shared/data beside the project";
    unsigned files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
        const std::string extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") continue;
        auto source = sys::make_file_source({entry.path().string()});
        if (!source) continue;
        FlowTable table({.max_flows = 500});
        Kept kept;
        sys::PacketBatch batch;
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
        for (auto status = (*source)->read(batch); status && *status != sys::ReadStatus::End;
             status = (*source)->read(batch)) {
            for (const sys::PacketRecord& record : batch.packets) {
                ++packets;
                bytes += record.original;
                table.add(record, kept);
            }
        }
        table.finish(kept);
        const FlowTotals& totals = table.totals();
        std::uint64_t flow_packets = 0;
        std::uint64_t flow_bytes = 0;
        std::uint64_t ip_bytes = 0;
        for (const Flow& flow : kept.flows) {
            flow_packets += flow.forward.packets + flow.reverse.packets;
            flow_bytes += flow.forward.frame_bytes + flow.reverse.frame_bytes;
            ip_bytes += flow.forward.ip_bytes + flow.reverse.ip_bytes;
            EXPECT_NE(flow.forward.packets, 0U);
            EXPECT_LE(flow.first(), flow.last());
        }
        EXPECT_EQ(totals.packets, packets) << entry.path();
        EXPECT_EQ(totals.bytes, bytes) << entry.path();
        EXPECT_EQ(flow_packets + totals.other_packets, packets) << entry.path();
        EXPECT_EQ(flow_bytes + totals.other_bytes, bytes) << entry.path();
        EXPECT_EQ(ip_bytes, totals.flow_ip_bytes) << entry.path();
        EXPECT_EQ(kept.flows.size(), totals.flows) << entry.path();
        ++files;
    }
    EXPECT_GT(files, 100U);
}

}  // namespace
}  // namespace vedette::captures
