// What can be asked of a store and what comes back: owned, presentation-ready rows. SQLite and
// ClickHouse answer the same questions with the same rows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"
#include "model/dns_transaction.hpp"
#include "model/filter.hpp"

namespace vedette {

/// Time and Date are the same order. By another column the key ascends (Latency: the slowest first
/// when the newest come first), rows without the key come last, equal keys are in order of time.
enum class LogSort : std::uint8_t { Time, Date, Ip, Mac, Vendor, Name, Latency };

/// Where the previous page ended: the key of its last row. Opaque to callers, printable.
struct LogCursor {
    Timestamp time;
    std::int64_t row = 0;
};

struct LogQuery {
    Filter filter;
    LogSort sort = LogSort::Time;
    bool newest_first = true;
    std::uint32_t limit = 100;       ///< rows; 0 is all
    std::optional<LogCursor> after;  ///< keyset paging, only with LogSort::Time
};

/// One record of an answer's section.
struct LogRecord {
    std::string owner;  ///< presentation form with final dot
    std::string type;   ///< "A", "TYPE65399"
    std::string rdata;  ///< as dig prints it
    std::uint32_t ttl = 0;
    std::uint8_t section = 1;  ///< 1 answer, 2 authority, 3 additional
};

/// One transaction or DHCP message, ready to print.
struct LogRow {
    std::int64_t row = 0;
    bool dhcp = false;
    Timestamp time;
    MacAddress client_mac;
    MacSource mac_source = MacSource::Unknown;
    std::string vendor;
    std::string host;
    IpAddress client;
    IpAddress server;
    MacAddress link_source;
    MacAddress link_destination;
    std::uint16_t client_port = 0;
    std::uint16_t server_port = 0;
    std::uint16_t vlan = 0;
    std::string sensor;  ///< which machine saw it; empty for this one
    wire::AnomalyId anomaly = wire::AnomalyId::None;

    // DNS
    DnsProtocol protocol = DnsProtocol::Dns;
    Transport transport = Transport::Udp;
    TransactionKind kind = TransactionKind::Matched;
    bool has_query = false;
    bool has_response = false;
    std::string name;  ///< presentation form with final dot; empty without a question
    std::string type;  ///< "A", "HTTPS", "TYPE65399"
    std::uint16_t qtype = 0;
    std::uint16_t qclass = 0;
    std::uint16_t id = 0;
    std::uint16_t query_flags = 0;
    std::uint16_t response_flags = 0;
    std::uint16_t rcode = 0;
    std::uint16_t marks = 0;
    std::uint32_t query_bytes = 0;
    std::uint32_t response_bytes = 0;
    Duration latency;
    std::vector<LogRecord> records;

    // DHCP
    bool v6 = false;
    DhcpType message_type = 0;
    std::string message;  ///< "Discover"
    IpAddress your_ip;
    IpAddress requested_ip;
    std::uint32_t transaction_id = 0;
    std::uint32_t lease_seconds = 0;
    std::string vendor_class;
};

struct ClientRow {
    MacAddress mac;
    std::string vendor;
    std::string host;                  ///< newest name
    std::vector<std::string> hosts;    ///< all names seen
    std::vector<IpAddress> addresses;  ///< newest first, bounded
    Timestamp first_seen;
    Timestamp last_seen;
    std::uint64_t queries = 0;
    std::uint64_t answers = 0;
    std::uint64_t dhcp_messages = 0;
};

struct LeaseRow {
    IpAddress address;
    MacAddress mac;
    std::string vendor;
    std::string host;
    IpAddress server;
    Timestamp start;
    Timestamp end;
    LeaseState state = LeaseState::Offered;
};

enum class TopKind : std::uint8_t { Names, Clients, Vendors, Types, Rcodes, Resolvers };

struct TopRow {
    std::string key;     ///< printable
    std::string detail;  ///< e.g. vendor and host beside a MAC; may be empty
    std::uint64_t count = 0;
};

struct StoreStatistics {
    std::uint64_t bytes_on_disk = 0;
    std::uint64_t transactions = 0;
    std::uint64_t dhcp_messages = 0;
    std::uint64_t clients = 0;
    std::uint64_t leases = 0;
    std::uint64_t names = 0;
    std::uint64_t rdata = 0;
    Timestamp oldest;
    Timestamp newest;
    std::uint64_t not_stored = 0;  ///< events refused by a full disk, cumulative
    int schema_version = 0;
};

/// Called once per row; returning false stops the query.
using LogVisitor = std::function<bool(const LogRow&)>;

}  // namespace vedette
