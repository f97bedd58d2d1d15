// Every comparison capture, anonymized: as many packets, as long, with the same messages in them as
// our decoder counts them, nothing left of the names and addresses that were there, and prefixes as
// long in common as before.
#include "captures/anonymize/anonymizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "captures/anonymize/disguise.hpp"
#include "captures/anonymize/name_scrub.hpp"
#include "decode/decoder.hpp"
#include "sys/capture/file_source.hpp"
#include "wire/dns/message.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

AnonymizeKey test_key(std::uint8_t first = 1) {
    AnonymizeKey::Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(first + 7 * i);
    return AnonymizeKey(bytes);
}

/// Packets that own their bytes.
struct Packets final : PacketTaker {
    std::vector<sys::PacketRecord> records;
    std::vector<std::vector<std::uint8_t>> bytes;

    void add(const sys::PacketRecord& record) {
        const ByteView view = record.bytes();
        bytes.emplace_back(view.begin(), view.end());
        records.push_back(record);
        records.back().data = bytes.back().data();
    }
    Result<void> on_packet(const sys::PacketRecord& record) override {
        add(record);
        return {};
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

Packets anonymized(const Packets& packets, const AnonymizeKey& key) {
    Packets out;
    Anonymizer anonymizer(key, {}, out);
    for (const sys::PacketRecord& record : packets.records)
        EXPECT_TRUE(anonymizer.add(record));
    EXPECT_TRUE(anonymizer.finish());
    return out;
}

/// What our decoder finds: counts, and who was named by each packet.
struct Found {
    TraceCounts counts;
    std::vector<std::set<std::string>> labels;      ///< by packet; lower case, 4 bytes or more
    std::vector<std::set<std::string>> identities;  ///< by packet; raw addresses
    std::set<std::string> names;                    ///< of all packets, wire form
    std::set<IpAddress> addresses;
};

std::string lower(ByteView bytes) {
    std::string text(as_text(bytes));
    std::ranges::transform(text, text.begin(), [](char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    return text;
}

void add_name(ByteView message, std::uint32_t offset, std::uint64_t packet, Found& found) {
    wire::dns::NameBuffer name;
    if (!wire::dns::expand_name(message, offset, name)) return;
    found.names.insert(lower(name.view()));
    wire::Reader in{name.view()};
    std::vector<std::string> labels;
    LabelList list;
    while (in.peek() != 0) {
        const ByteView label = in.bytes(in.u8());
        labels.push_back(lower(label));
        list.add(label);
    }
    if (is_kept_name(list)) return;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool last = i + 1 == labels.size();
        const LabelPlace place = last ? LabelPlace::Last : LabelPlace::Inner;
        if (labels[i].size() < 4 || is_kept_label(labels[i], place) || labels[i] == "in-addr") {
            continue;
        }
        // With its length, as it stands in messages: "info" alone may be a top-level domain too.
        if (is_kept_label(labels[i], LabelPlace::Last)) continue;
        found.labels[packet - 1].insert(static_cast<char>(labels[i].size()) + labels[i]);
    }
}

void add_message(ByteView message, std::uint64_t packet, Found& found) {
    const auto view = wire::dns::MessageView::inspect(message);
    wire::dns::QuestionView question;
    for (auto questions = view.questions(); questions.next(question);)
        add_name(message, question.name_offset, packet, found);
    wire::dns::RecordView record;
    for (auto records = view.records(); records.next(record);) {
        if (record.type != 41) add_name(message, record.owner_offset, packet, found);
        if (record.type == 2 || record.type == 5 || record.type == 12) {
            add_name(message, record.rdata_offset, packet, found);
        }
        if ((record.type == 1 && record.rdata.size() == 4) ||
            (record.type == 28 && record.rdata.size() == 16)) {
            found.addresses.insert(IpAddress::from_bytes(record.rdata));
            found.identities[packet - 1].insert(std::string(as_text(record.rdata)));
        }
    }
}

void add_address(const IpAddress& address, std::uint64_t packet, Found& found) {
    found.addresses.insert(address);
    found.identities[packet - 1].insert(std::string(as_text(address.bytes())));
}

void add_mac(const MacAddress& mac, std::uint64_t packet, Found& found) {
    if (mac.is_group() || mac.is_zero()) return;
    found.identities[packet - 1].insert(std::string(as_text(mac.octets)));
}

Found decode(const Packets& packets) {
    Found found;
    found.labels.resize(packets.records.size());
    found.identities.resize(packets.records.size());
    decode::Decoder decoder;
    sys::PacketBatch batch;
    batch.packets = packets.records;
    EventBatch events;
    decoder.decode(batch, events);
    decoder.finish(events);
    for (const DnsTransaction& event : events.dns) {
        for (const auto& [message, packet] :
             {std::pair{event.query_message, event.query_packet},
              std::pair{event.response_message, event.response_packet}}) {
            if (message.empty() || packet == 0) continue;
            if (event.protocol != DnsProtocol::Nbns) {
                add_message(events.bytes.view(message), packet, found);
            }
            add_address(event.client, packet, found);
            add_address(event.server, packet, found);
            add_mac(event.link_source, packet, found);
            add_mac(event.link_destination, packet, found);
        }
    }
    for (const DhcpMessage& event : events.dhcp) {
        for (const IpAddress& address : {event.source, event.destination, event.client_ip,
                                         event.your_ip, event.server_ip, event.requested_ip}) {
            add_address(address, event.packet, found);
        }
        add_mac(event.client_mac, event.packet, found);
        add_mac(event.link_source, event.packet, found);
        const std::string host = lower(events.bytes.view(event.host_name));
        if (host.size() >= 4 && host.find('.') == std::string::npos) {
            found.labels[event.packet - 1].insert(host);
        }
    }
    found.counts = decoder.counts();
    return found;
}

/// Addresses that stay by rule (docs/anonymize.md).
bool stays(std::string_view raw) {
    const ByteView bytes = as_bytes(raw);
    // Made-up addresses such as 00:01:00:01:00:01 look like the fields beside them.
    if (std::ranges::all_of(bytes, [](std::uint8_t octet) { return octet <= 1; })) return true;
    if (bytes.size() == 6) return false;
    const IpAddress address = IpAddress::from_bytes(bytes);
    if (address.is_v4()) {
        const std::uint32_t v4 = address.to_v4();
        return v4 >> 24U == 0 || v4 >> 24U == 127 || v4 >> 28U == 14 || v4 == 0xffffffff;
    }
    return address.is_unspecified() || address.is_loopback() || address.is_multicast();
}

bool contains(ByteView bytes, std::string_view wanted) {
    return as_text(bytes).find(wanted) != std::string_view::npos;
}

struct Column {
    const char* name;
    std::uint64_t TraceCounts::* count;
};

constexpr Column kColumns[] = {
    {"dns_udp_query", &TraceCounts::dns_udp_query},
    {"dns_udp_response", &TraceCounts::dns_udp_response},
    {"dns_tcp_query", &TraceCounts::dns_tcp_query},
    {"dns_tcp_response", &TraceCounts::dns_tcp_response},
    {"dhcp_msgs", &TraceCounts::dhcp_msgs},
    {"dhcpv6", &TraceCounts::dhcpv6},
    {"mdns", &TraceCounts::mdns},
    {"llmnr", &TraceCounts::llmnr},
    {"nbns", &TraceCounts::nbns},
    {"arp", &TraceCounts::arp},
    {"ndp", &TraceCounts::ndp},
    {"ipv4_fragments", &TraceCounts::ipv4_fragments},
    {"ipv6_fragments", &TraceCounts::ipv6_fragments},
    {"vlan_frames", &TraceCounts::vlan_frames},
    {"ipv6_frames", &TraceCounts::ipv6_frames},
    {"matched", &TraceCounts::matched},
};

void expect_same_shape(const Packets& before, const Packets& after) {
    ASSERT_EQ(before.records.size(), after.records.size());
    for (std::size_t i = 0; i < before.records.size(); ++i) {
        const sys::PacketRecord& a = before.records[i];
        const sys::PacketRecord& b = after.records[i];
        ASSERT_EQ(a.time, b.time) << "packet " << i + 1;
        ASSERT_EQ(a.captured, b.captured) << "packet " << i + 1;
        ASSERT_EQ(a.original, b.original) << "packet " << i + 1;
        ASSERT_EQ(a.link_type, b.link_type) << "packet " << i + 1;
        ASSERT_EQ(a.interface, b.interface) << "packet " << i + 1;
    }
}

void expect_same_counts(const Found& before, const Found& after) {
    for (const Column& column : kColumns)
        EXPECT_EQ(before.counts.*column.count, after.counts.*column.count) << column.name;
    EXPECT_EQ(before.counts.dhcp_type, after.counts.dhcp_type);
    EXPECT_EQ(before.counts.dhcpv6_type, after.counts.dhcpv6_type);
    EXPECT_GE(after.counts.malformed, before.counts.malformed);
    EXPECT_TRUE(after.counts.balances());
}

void expect_nothing_left(const Packets& after, const Found& before, const Found& found) {
    for (std::size_t i = 0; i < after.records.size(); ++i) {
        const std::string bytes = lower(after.records[i].bytes());
        for (const std::string& label : before.labels[i])
            EXPECT_EQ(bytes.find(label), std::string::npos) << "packet " << i + 1 << ": " << label;
        for (const std::string& identity : before.identities[i]) {
            if (stays(identity)) continue;
            EXPECT_FALSE(contains(after.records[i].bytes(), identity))
                << "packet " << i + 1 << ": "
                << testing::PrintToString(std::vector<int>(identity.begin(), identity.end()));
        }
    }
    std::set<std::string> labels;
    for (const auto& of_packet : before.labels)
        labels.insert(of_packet.begin(), of_packet.end());
    for (const std::string& name : before.names) {
        // Names of kept labels, short ones and reverse names alone may look the same.
        bool telling = false;
        const ByteView bytes = as_bytes(name);
        for (wire::Reader in{bytes}; in.peek() != 0;)
            telling = labels.contains(std::string(as_text(in.bytes(in.peek() + 1U)))) || telling;
        if (telling) {
            EXPECT_FALSE(found.names.contains(name)) << name;
        }
    }
}

class EveryCapture : public testing::Test {
  protected:
    static constexpr const char* kData = "../shared/data";
};

TEST_F(EveryCapture, keeps_its_shape_and_loses_its_names) {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no ../shared/data beside the project";
    const AnonymizeKey key = test_key();
    unsigned files = 0;
    std::size_t labels = 0;
    std::size_t identities = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kData)) {
        const std::string extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") continue;
        const Packets before = read_file(entry.path());
        if (before.records.empty()) continue;
        SCOPED_TRACE(entry.path());
        const Packets after = anonymized(before, key);
        expect_same_shape(before, after);
        if (HasFatalFailure()) return;
        const Found found_before = decode(before);
        const Found found_after = decode(after);
        expect_same_counts(found_before, found_after);
        expect_nothing_left(after, found_before, found_after);
        ++files;
        for (const auto& of_packet : found_before.labels)
            labels += of_packet.size();
        for (const auto& of_packet : found_before.identities)
            identities += of_packet.size();
    }
    // Nothing would be left of nothing, too.
    EXPECT_GT(files, 100U);
    EXPECT_GT(labels, 50'000U);
    EXPECT_GT(identities, 50'000U);
}

}  // namespace
}  // namespace vedette::captures
