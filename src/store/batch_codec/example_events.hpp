// For tests: a batch with every kind of event, every field filled with something of its own.
#pragma once

#include "store/batch_codec/example_dhcp.hpp"

namespace vedette::store::testing {

inline DnsTransaction example_dns(EventBatch& batch, std::uint16_t number) {
    DnsTransaction e;
    e.query_time = Timestamp{1'700'000'000'000'000'000 + number};
    e.response_time = Timestamp{1'700'000'000'000'000'500 - number};
    e.client = *IpAddress::parse("192.0.2.7");
    e.server = *IpAddress::parse("2001:db8::53");
    e.client_mac = *MacAddress::parse("02:00:00:00:00:01");
    e.link_source = *MacAddress::parse("02:00:00:00:00:02");
    e.link_destination = *MacAddress::parse("02:00:00:00:00:03");
    e.client_port = static_cast<std::uint16_t>(50'000 + number);
    e.server_port = 53;
    e.vlan = 7;
    e.id = 0xbeef;
    e.qtype = 65;
    e.qclass = 1;
    e.query_flags = 0x0120;
    e.response_flags = 0x81a3;
    e.rcode = 3;
    e.marks = DnsMarks::kQueryEdns | DnsMarks::kCookie;
    e.query_bytes = 300;
    e.response_bytes = 70'000;
    e.answer_messages = 2;
    e.interface = 4'000'000'000;
    e.query_packet = 1ULL << 40U;
    e.response_packet = (1ULL << 40U) + 1;
    e.transport = Transport::Doq;
    e.protocol = DnsProtocol::Llmnr;
    e.kind = TransactionKind::Matched;
    e.mac_source = MacSource::Option82;
    e.query_damage = {static_cast<wire::AnomalyId>(1), 12};
    e.response_damage = {static_cast<wire::AnomalyId>(2), 4'000'000'000};
    e.qname = text(batch, std::string_view("\3www\7example\0", 13));
    e.query_message = text(batch, "the query's bytes");
    e.response_message = text(batch, "the answer's bytes");
    e.client_host = text(batch, "laptop");
    return e;
}

inline EventBatch example_batch() {
    EventBatch batch;
    batch.dns.push_back(example_dns(batch, 0));
    batch.dns.push_back(example_dns(batch, 1));
    batch.dns.emplace_back();  // kNever, nothing, unspecified
    DnsSighting sighting{.time = Timestamp{4},
                         .source = *IpAddress::parse("192.0.2.12"),
                         .destination = *IpAddress::parse("2001:db8::54"),
                         .packet = 78,
                         .bytes = 70'000,
                         .source_port = 50'002,
                         .destination_port = 53,
                         .id = 0xfeed,
                         .flags = 0x8183,
                         .qtype = 28,
                         .transport = Transport::Tcp,
                         .solicited = false,
                         .qname = {}};
    sighting.qname = text(batch, std::string_view("\3www\7example\0", 13));
    batch.sightings.push_back(sighting);
    batch.sightings.emplace_back();
    EncryptedSighting encrypted{.time = Timestamp{5},
                                .client = *IpAddress::parse("192.0.2.13"),
                                .server = *IpAddress::parse("192.0.2.14"),
                                .client_mac = *MacAddress::parse("02:00:00:00:00:09"),
                                .packet = 79,
                                .port = 853,
                                .vlan = 12,
                                .quic = true,
                                .server_name = {}};
    encrypted.server_name = text(batch, "dns.example.net");
    batch.encrypted.push_back(encrypted);
    batch.dhcp.push_back(example_dhcp(batch));
    DhcpMessage six;
    six.v6 = true;
    batch.dhcp.push_back(six);
    LeaseEvent lease{.time = Timestamp{1},
                     .start = Timestamp{-5},
                     .end = kNever,
                     .address = *IpAddress::parse("2001:db8::9"),
                     .server = *IpAddress::parse("192.0.2.3"),
                     .mac = *MacAddress::parse("02:00:00:00:00:06"),
                     .state = LeaseState::Refused,
                     .v6 = true,
                     .vlan = 9,
                     .prefix_length = 60,
                     .host_name = {},
                     .vendor_class = {},
                     .client_id = {}};
    lease.host_name = text(batch, "phone");
    lease.vendor_class = text(batch, "MSFT 5.0");
    lease.client_id = text(batch, std::string_view("\1\2\3\0", 4));
    batch.leases.push_back(lease);
    batch.neighbours.push_back({Timestamp{2}, *IpAddress::parse("192.0.2.9"),
                                *MacAddress::parse("02:00:00:00:00:07"), MacSource::Ndp});
    AnomalyEvent anomaly{.time = Timestamp{3},
                         .packet = 77,
                         .source = *IpAddress::parse("192.0.2.10"),
                         .destination = *IpAddress::parse("192.0.2.11"),
                         .link_source = *MacAddress::parse("02:00:00:00:00:08"),
                         .damage = {static_cast<wire::AnomalyId>(4), 9},
                         .evidence = {}};
    anomaly.evidence = text(batch, "evidence");
    batch.anomalies.push_back(anomaly);
    batch.watermark = Timestamp{1'700'000'001'000'000'000};
    return batch;
}

}  // namespace vedette::store::testing
