#include "service/importer/dhcp_note.hpp"

#include <algorithm>
#include <array>

namespace vedette::importer {
namespace {

struct TypeWord {
    std::string_view word;
    DhcpType type;
};

constexpr std::array kTypes{
    TypeWord{"DISCOVER", 1}, TypeWord{"OFFER", 2}, TypeWord{"REQUEST", 3}, TypeWord{"DECLINE", 4},
    TypeWord{"ACK", 5},      TypeWord{"NAK", 6},   TypeWord{"RELEASE", 7}, TypeWord{"INFORM", 8},
};
constexpr std::uint16_t kServerPort = 67;
constexpr std::uint16_t kClientPort = 68;
constexpr std::uint32_t kForEver = 0xffffffff;

char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// Sent by servers: OFFER, ACK, NAK.
bool is_reply(DhcpType type) noexcept {
    return type == 2 || type == 5 || type == 6;
}

}  // namespace

DhcpType dhcp_type_of(std::string_view word) noexcept {
    if (word.size() > 4 && (word.starts_with("DHCP") || word.starts_with("dhcp")))
        word.remove_prefix(4);
    for (const TypeWord& row : kTypes) {
        if (std::ranges::equal(word, row.word, {}, upper)) return row.type;
    }
    return 0;
}

void add_message(const DhcpNote& note, EventBatch& out) {
    DhcpMessage& event = out.dhcp.emplace_back();
    const bool reply = is_reply(note.type);
    event.time = note.time;
    event.type = note.type;
    event.op = reply ? 2 : 1;
    event.mac_source = MacSource::Lease;
    event.client_mac = note.mac;
    event.transaction_id = note.transaction_id;
    event.source_port = reply ? kServerPort : kClientPort;
    event.destination_port = reply ? kClientPort : kServerPort;
    event.source = reply ? note.server_ip : note.client_ip;
    event.destination = reply ? note.your_ip : note.server_ip;
    event.client_ip = note.client_ip;
    event.server_ip = note.server_ip;
    event.relay_ip = note.relay_ip;
    event.requested_ip = note.requested_ip;
    if (reply) {
        event.your_ip = note.your_ip;
        event.lease_seconds = note.lease_seconds;
    }
    event.host_name = out.bytes.append(note.host);
    event.client_fqdn = out.bytes.append(note.fqdn);
    event.domain = out.bytes.append(note.domain);
    event.client_id = out.bytes.append(note.client_id);
    out.watermark = std::max(out.watermark, note.time);
}

void add_lease(const DhcpNote& note, LeaseState state, EventBatch& out) {
    if (note.your_ip.is_unspecified()) return;
    LeaseEvent event{};
    event.time = note.time;
    event.start = note.time;
    event.end =
        note.lease_seconds == kForEver ? kNever : note.time + Duration::seconds(note.lease_seconds);
    event.address = note.your_ip;
    event.server = note.server_ip;
    event.mac = note.mac;
    event.state = state;
    event.v6 = !note.your_ip.is_v4();
    event.prefix_length = note.prefix_length;
    event.host_name = out.bytes.append(note.host);
    event.client_id = out.bytes.append(note.client_id);
    out.leases.push_back(event);
    out.watermark = std::max(out.watermark, note.time);
}

}  // namespace vedette::importer
