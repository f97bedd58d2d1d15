// New rows of the dictionaries, on their way to the file: ids are assigned, texts are slices of the
// job that carries them. Plain values.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "model/address.hpp"
#include "model/dns_transaction.hpp"

namespace vedette::store {

struct TextEntry {
    std::uint32_t id = 0;
    ByteSlice text;
};

struct HostEntry {
    std::uint32_t id = 0;
    std::uint32_t vendor = 0;
    std::uint32_t interface = 0;
    std::uint16_t vlan = 0;
    MacSource source = MacSource::Unknown;
    IpAddress ip;
    MacAddress mac;
    MacAddress link_source;
    MacAddress link_destination;
    ByteSlice host;
    ByteSlice sensor;  ///< empty for this machine
};

struct ServerEntry {
    std::uint32_t id = 0;
    std::uint16_t port = 0;
    IpAddress ip;
};

/// Everything of a transaction that repeats: see table forms.
struct FormEntry {
    std::uint32_t id = 0;
    DnsProtocol protocol = DnsProtocol::Dns;
    Transport transport = Transport::Udp;
    TransactionKind kind = TransactionKind::Matched;
    std::uint8_t has_query = 0;
    std::uint8_t has_response = 0;
    std::uint8_t extra = 0;  ///< a row of dns_extra goes with it
    wire::AnomalyId anomaly = wire::AnomalyId::None;
    std::uint16_t qclass = 0;
    std::uint16_t query_flags = 0;
    std::uint16_t response_flags = 0;
    std::uint16_t rcode = 0;
    std::uint16_t marks = 0;
};

struct RecordEntry {
    std::uint32_t id = 0;
    std::uint32_t owner = 0;
    std::uint32_t rdata = 0;
    std::uint16_t type = 0;
    std::uint16_t rclass = 0;
};

struct AnswerEntry {
    std::uint32_t id = 0;
    ByteSlice sections[3];  ///< JSON arrays of record ids; empty is NULL
};

}  // namespace vedette::store
