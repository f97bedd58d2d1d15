// IPFIX byte for byte, read back with a reader of its own; collectors' addresses; the exporter on
// loopback sockets.
#include "captures/flows/ipfix_encoder.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <map>

#include "captures/flows/ipfix_exporter.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

Flow flow_of(bool two_way, bool v6, bool dns) {
    Flow flow;
    flow.source = v6 ? *IpAddress::parse("2001:db8::1") : *IpAddress::parse("192.0.2.1");
    flow.destination = v6 ? *IpAddress::parse("2001:db8::2") : *IpAddress::parse("192.0.2.2");
    flow.source_port = 1'234;
    flow.destination_port = 53;
    flow.protocol = 17;
    flow.vlan = 7;
    flow.forward = {.packets = 3,
                    .ip_bytes = 300,
                    .frame_bytes = 342,
                    .first = Timestamp{1'700'000'000'123'456'789},
                    .last = Timestamp{1'700'000'001'000'000'000},
                    .tcp_flags = 0x1b};
    if (two_way) flow.reverse = flow.forward;
    if (dns) flow.dns_sample.assign(kDnsSampleBytes, 0xab);
    return flow;
}

/// What a collector knows: fields of each template, and the records it read.
struct Collected {
    struct Field {
        std::uint16_t id = 0;
        std::uint16_t octets = 0;
        std::uint32_t enterprise = 0;
    };
    std::map<std::uint16_t, std::vector<Field>> templates;
    std::vector<std::map<std::uint64_t, std::uint64_t>> records;  // enterprise << 16 | id -> value
    std::uint32_t next_sequence = 0;
    unsigned sequence_errors = 0;
    unsigned bad = 0;

    void read(ByteView message) {
        wire::Reader in{message};
        bad += in.u16() != 10;
        bad += in.u16() != message.size();
        in.skip(4);
        sequence_errors += in.u32() != next_sequence;
        in.skip(4);
        while (!in.at_end()) {
            const std::uint16_t id = in.u16();
            const std::uint16_t length = in.u16();
            if (length < 4) ++bad;
            wire::Reader set = in.child(length - 4U);
            if (!in.ok()) break;
            id == 2 ? read_templates(set) : read_records(set, id);
        }
        bad += !in.ok();
    }
    void read_templates(wire::Reader& set) {
        while (set.remaining() >= 4) {
            auto& fields = templates[set.u16()];
            fields.resize(set.u16());
            for (Field& field : fields) {
                field.id = set.u16();
                field.octets = set.u16();
                if ((field.id & 0x8000U) != 0) field.enterprise = set.u32();
                field.id &= 0x7fffU;
            }
        }
        bad += !set.ok();
    }
    void read_records(wire::Reader& set, std::uint16_t id) {
        if (!templates.contains(id)) {
            ++bad;
            return;
        }
        while (set.ok() && !set.at_end()) {
            auto& record = records.emplace_back();
            for (const Field& field : templates[id]) {
                std::size_t octets = field.octets;
                if (octets == 0xffff) {
                    octets = set.u8();
                    if (octets == 255) octets = set.u16();
                }
                std::uint64_t value = 0;
                for (const std::uint8_t byte : set.bytes(octets))
                    value = value << 8U | byte;
                record[std::uint64_t{field.enterprise} << 16U | field.id] =
                    field.octets == 0xffff ? octets : value;
            }
            ++next_sequence;
        }
        bad += !set.ok();
    }
};

TEST(IpfixEncoder, is_read_back_by_a_collector) {
    IpfixEncoder encoder(9, 1'232);
    Collected collected;
    collected.read(encoder.templates(Timestamp::from_seconds(5)));
    EXPECT_EQ(collected.templates.size(), 8U);
    unsigned sent = 0;
    for (unsigned i = 0; i < 200; ++i) {
        const Flow flow = flow_of(i % 2 != 0, i % 3 == 0, i % 5 == 0);
        if (!encoder.append(flow)) {
            collected.read(encoder.finish(Timestamp::from_seconds(6)));
            ASSERT_TRUE(encoder.append(flow));
        }
        ++sent;
    }
    collected.read(encoder.finish(Timestamp::from_seconds(7)));
    EXPECT_TRUE(encoder.empty());
    EXPECT_EQ(collected.records.size(), sent);
    EXPECT_EQ(collected.bad, 0U);
    EXPECT_EQ(collected.sequence_errors, 0U);
    EXPECT_EQ(encoder.sequence(), sent);

    constexpr std::uint64_t kReverse = std::uint64_t{29'305} << 16U;
    const auto& one = collected.records[1];  // two-way, IPv4, no DNS
    EXPECT_EQ(one.at(8), 0xc0000201U);
    EXPECT_EQ(one.at(12), 0xc0000202U);
    EXPECT_EQ(one.at(7), 1'234U);
    EXPECT_EQ(one.at(11), 53U);
    EXPECT_EQ(one.at(152), 1'700'000'000'123U);
    EXPECT_EQ(one.at(153), 1'700'000'001'000U);
    EXPECT_EQ(one.at(2), 3U);
    EXPECT_EQ(one.at(1), 300U);
    EXPECT_EQ(one.at(352), 342U);
    EXPECT_EQ(one.at(6), 0x1bU);
    EXPECT_EQ(one.at(58), 7U);
    EXPECT_EQ(one.at(kReverse | 2), 3U);
    const auto& five = collected.records[5];  // two-way, DNS
    EXPECT_EQ(five.at(95), 0x030035U);
    EXPECT_EQ(five.at(314), kDnsSampleBytes);
    EXPECT_FALSE(collected.records[2].contains(kReverse | 2));
}

TEST(IpfixEncoder, keeps_messages_within_their_limit) {
    for (const std::size_t limit : {1'200U, 1'232U, 16'384U, 65'535U}) {
        IpfixEncoder encoder(1, limit);
        EXPECT_LE(encoder.templates(Timestamp{}).size(), limit);
        while (encoder.append(flow_of(true, true, true))) {
        }
        EXPECT_LE(encoder.finish(Timestamp{}).size(), limit);
    }
}

TEST(Collector, is_read_from_its_address) {
    const auto plain = Collector::parse("ipfix://127.0.0.1:2055");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->to_text(), "ipfix+udp://127.0.0.1:2055");
    const auto v6 = Collector::parse("ipfix+tcp://[::1]:9995");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->to_text(), "ipfix+tcp://[::1]:9995");
    const auto name = Collector::parse("ipfix://collector.example");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->port, 4'739);
    for (const char* wrong :
         {"", "flows.csv", "ipfix://", "ipfix://:1", "ipfix://a:0", "ipfix://a:65536",
          "ipfix://a:1x", "ipfix://[::1", "http://a", "ipfix://a/b", "ipfix://a b"}) {
        EXPECT_FALSE(Collector::parse(wrong)) << wrong;
    }
}

/// A bound loopback socket and its port.
struct Listener {
    explicit Listener(int type) : socket(::socket(AF_INET, type, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(socket.get(), generic, length), 0);
        EXPECT_EQ(::getsockname(socket.get(), generic, &length), 0);
        port = ntohs(address.sin_port);
        if (type == SOCK_STREAM) {
            EXPECT_EQ(::listen(socket.get(), 1), 0);
        }
    }
    [[nodiscard]] bool readable() const {
        pollfd wait{socket.get(), POLLIN, 0};
        return ::poll(&wait, 1, 100) == 1;
    }
    sys::Descriptor socket;
    std::uint16_t port = 0;
};

const SystemClock kClock;

TEST(IpfixExporter, repeats_templates_over_udp) {
    const Listener listener(SOCK_DGRAM);
    auto exporter =
        IpfixExporter::connect({CollectorTransport::Udp, "127.0.0.1", listener.port}, kClock,
                               {.messages_per_second = 0, .messages_per_template = 2});
    ASSERT_TRUE(exporter);
    for (unsigned i = 0; i < 40; ++i)
        exporter->on_flow(flow_of(true, true, true));
    ASSERT_TRUE(exporter->finish());
    Collected collected;
    std::uint64_t messages = 0;
    for (; listener.readable(); ++messages) {
        std::array<std::uint8_t, 65'536> buffer;
        const ssize_t got = ::recv(listener.socket.get(), buffer.data(), buffer.size(), 0);
        ASSERT_GT(got, 0);
        collected.read(ByteView(buffer).first(static_cast<std::size_t>(got)));
    }
    EXPECT_EQ(messages, exporter->messages());
    EXPECT_EQ(collected.records.size(), 40U);
    EXPECT_EQ(collected.bad + collected.sequence_errors, 0U);
    EXPECT_GT(messages, 40U / 2U);
}

TEST(IpfixExporter, frames_messages_over_tcp) {
    const Listener listener(SOCK_STREAM);
    auto exporter =
        IpfixExporter::connect({CollectorTransport::Tcp, "127.0.0.1", listener.port}, kClock, {});
    ASSERT_TRUE(exporter);
    for (unsigned i = 0; i < 300; ++i)
        exporter->on_flow(flow_of(i % 2 == 0, false, false));
    ASSERT_TRUE(exporter->finish());
    const sys::Descriptor connection(::accept(listener.socket.get(), nullptr, nullptr));
    std::vector<std::uint8_t> stream(1U << 20U);
    exporter = fail(ErrorKind::Failed, "closed");  // ends the connection
    const ssize_t got = ::recv(connection.get(), stream.data(), stream.size(), MSG_WAITALL);
    ASSERT_GT(got, 0);
    stream.resize(static_cast<std::size_t>(got));
    Collected collected;
    for (std::size_t at = 0; at + 4 <= stream.size();) {
        const std::size_t length = std::size_t{stream[at + 2]} << 8U | stream[at + 3];
        ASSERT_GE(length, 16U);
        ASSERT_LE(at + length, stream.size());
        collected.read(ByteView(stream).subspan(at, length));
        at += length;
    }
    EXPECT_EQ(collected.records.size(), 300U);
    EXPECT_EQ(collected.bad + collected.sequence_errors, 0U);
}

TEST(IpfixExporter, says_when_nobody_listens) {
    std::uint16_t port = 0;
    {
        const Listener gone(SOCK_STREAM);
        port = gone.port;
    }
    const auto tcp =
        IpfixExporter::connect({CollectorTransport::Tcp, "127.0.0.1", port}, kClock, {});
    ASSERT_FALSE(tcp);
    EXPECT_NE(tcp.error().text.find("cannot reach ipfix+tcp://127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace vedette::captures
