#include "captures/statistics/event_statistics.hpp"

#include <map>
#include <set>

#include "captures/statistics/heavy_hitters.hpp"
#include "captures/statistics/latency_histogram.hpp"
#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "wire/dns/name.hpp"

namespace vedette::captures {
namespace {

struct Count {
    std::uint64_t weight = 0;
};
/// Names are told apart by a hash of their folded wire form; the first spelling is shown.
struct NameCount {
    std::uint64_t weight = 0;
    std::string wire;
};

using Numbers = HeavyHitters<std::uint32_t, Count>;
using Addresses = HeavyHitters<IpAddress, Count, IpHash>;
using Names = HeavyHitters<std::uint64_t, NameCount>;

constexpr std::size_t kMaxNames = std::size_t{1} << 17U;

void add_name(Names& names, ByteView name) {
    NameCount& count = names.at(wire::dns::hash_name(name));
    if (count.weight++ == 0) count.wire = as_text(name);
}

std::vector<CountRow> name_rows(const Names& names, std::size_t count) {
    std::vector<CountRow> rows;
    for (const auto& [hash, name] : names.top(count))
        rows.push_back({render::name_text(as_bytes(name.wire)), name.weight});
    return rows;
}

std::vector<CountRow> address_rows(const Addresses& addresses, std::size_t count) {
    std::vector<CountRow> rows;
    for (const auto& [address, number] : addresses.top(count))
        rows.push_back({address.to_text(), number.weight});
    return rows;
}

template <typename ToText>
std::vector<CountRow> number_rows(const Numbers& numbers, std::size_t count, ToText to_text) {
    std::vector<CountRow> rows;
    for (const auto& [number, value] : numbers.top(count))
        rows.push_back({std::string(to_text(number)), value.weight});
    return rows;
}

constexpr std::uint32_t kVersion6 = 0x100;  // beside a DHCP message's type

bool is_servers_word(const DhcpMessage& event) noexcept {
    // RFC 2132 9.6: offer, ACK, NAK; RFC 8415 7.3: advertise, reply.
    if (event.v6) return event.type == 2 || event.type == 7;
    return event.type == 2 || event.type == 5 || event.type == 6;
}

}  // namespace

struct EventStatistics::State {
    DnsTotals dns;
    Names names{kMaxNames};
    Names unanswered{kMaxNames};
    Numbers types;
    Numbers rcodes;
    Addresses clients;
    Addresses servers;
    LatencyHistogram latency;

    std::uint64_t dhcp_messages = 0;
    Numbers dhcp_types;
    Addresses dhcp_servers;
    HeavyHitters<MacAddress, Count, MacHash> dhcp_clients;
    std::map<std::pair<IpAddress, MacAddress>, LeaseRow> leases;
};

EventStatistics::EventStatistics() : state_(std::make_unique<State>()) {}
EventStatistics::~EventStatistics() = default;

void EventStatistics::add(const EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns)
        add_dns(event, batch.bytes);
    for (const DhcpMessage& event : batch.dhcp)
        add_dhcp(event);
    for (const LeaseEvent& event : batch.leases)
        add_lease(event, batch.bytes);
}

void EventStatistics::add_dns(const DnsTransaction& event, const ByteArena& bytes) {
    State& state = *state_;
    switch (event.protocol) {
        case DnsProtocol::Mdns:
            ++state.dns.mdns;
            return;
        case DnsProtocol::Llmnr:
            ++state.dns.llmnr;
            return;
        case DnsProtocol::Nbns:
            ++state.dns.nbns;
            return;
        case DnsProtocol::Dns:
            break;
    }
    if (event.has_response()) {
        ++state.rcodes.at(event.rcode).weight;
        ++state.servers.at(event.server).weight;
    }
    if (event.kind == TransactionKind::Orphan) ++state.dns.orphans;
    if (!event.has_query()) return;
    ++state.dns.queries;
    ++state.clients.at(event.client).weight;
    const ByteView name = bytes.view(event.qname);
    if (!name.empty()) {
        ++state.types.at(event.qtype).weight;
        add_name(state.names, name);
    }
    if (event.kind == TransactionKind::Matched) {
        ++state.dns.matched;
        state.latency.add(event.latency());
    } else if (event.kind == TransactionKind::Unanswered) {
        ++state.dns.unanswered;
        if (!name.empty()) add_name(state.unanswered, name);
    }
}

void EventStatistics::add_dhcp(const DhcpMessage& event) {
    State& state = *state_;
    ++state.dhcp_messages;
    ++state.dhcp_types.at(event.type | (event.v6 ? kVersion6 : 0U)).weight;
    if (!event.client_mac.is_zero()) ++state.dhcp_clients.at(event.client_mac).weight;
    if (is_servers_word(event) && !event.server_ip.is_unspecified()) {
        ++state.dhcp_servers.at(event.server_ip).weight;
    }
}

void EventStatistics::add_lease(const LeaseEvent& event, const ByteArena& bytes) {
    const std::pair key{event.address, event.mac};
    if (state_->leases.size() >= kMaxLeases && !state_->leases.contains(key)) return;
    LeaseRow& row = state_->leases[key];
    row.time = event.time;
    row.address = event.address;
    row.mac = event.mac;
    row.server = event.server;
    row.state = event.state;
    if (!event.host_name.empty()) row.host_name = bytes.text(event.host_name);
}

DnsTotals EventStatistics::dns(std::size_t count) const {
    const State& state = *state_;
    DnsTotals out = state.dns;
    out.names = state.names.size();
    out.names_exact = state.names.exact();
    out.top_names = name_rows(state.names, count);
    out.unanswered_names = name_rows(state.unanswered, count);
    out.types = number_rows(state.types, count, [](std::uint32_t type) {
        return render::type_text(static_cast<std::uint16_t>(type));
    });
    out.rcodes = number_rows(state.rcodes, count, [](std::uint32_t rcode) {
        return render::rcode_text(static_cast<std::uint16_t>(rcode));
    });
    out.clients = address_rows(state.clients, count);
    out.servers = address_rows(state.servers, count);
    out.median = state.latency.quantile(0.5);
    out.p90 = state.latency.quantile(0.9);
    out.p99 = state.latency.quantile(0.99);
    out.slowest = state.latency.largest();
    return out;
}

DhcpTotals EventStatistics::dhcp(std::size_t count) const {
    const State& state = *state_;
    DhcpTotals out;
    out.messages = state.dhcp_messages;
    out.types = number_rows(state.dhcp_types, count, [](std::uint32_t type) {
        const bool v6 = (type & kVersion6) != 0;
        const std::string_view word = dhcp_type_text(static_cast<DhcpType>(type & 0xffU), v6);
        return std::string(word) + (v6 ? " (v6)" : "");
    });
    out.servers = address_rows(state.dhcp_servers, count);
    out.clients = state.dhcp_clients.size();
    for (const auto& [key, row] : state.leases) {
        if (out.leases.size() == count) break;
        out.leases.push_back(row);
    }
    return out;
}

}  // namespace vedette::captures
