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

char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

/// Sent by servers: OFFER, ACK, NAK.
bool is_reply(DhcpType type) noexcept {
    return type == 2 || type == 5 || type == 6;
}

decode::LeaseNews news_of(const DhcpNote& note) noexcept {
    decode::LeaseNews news;
    news.time = note.time;
    news.address = note.your_ip;
    news.server = note.server_ip;
    news.mac = note.mac;
    news.seconds = note.lease_seconds;
    news.prefix_length = note.prefix_length;
    news.v6 = !note.your_ip.is_v4();
    news.host_name = note.host;
    news.client_id = as_bytes(note.client_id);
    return news;
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

void NotedLeases::follow(const DhcpNote& note, EventBatch& out) {
    if (note.type == kDhcpOffer && !note.your_ip.is_unspecified()) {
        leases_.offer(news_of(note), out);
    } else if (note.type == kDhcpAck && note.lease_seconds != 0) {
        bind(note, out);
    } else if (note.type == kDhcpRelease || note.type == kDhcpDecline) {
        DhcpNote ended = note;
        if (ended.your_ip.is_unspecified()) ended.your_ip = note.client_ip;
        if (ended.your_ip.is_unspecified()) ended.your_ip = note.requested_ip;
        end(ended, note.type == kDhcpRelease ? LeaseState::Released : LeaseState::Declined, out);
    }
}

void NotedLeases::bind(const DhcpNote& note, EventBatch& out) {
    out.watermark = std::max(out.watermark, note.time);
    if (note.your_ip.is_unspecified()) return;
    holders_.at(holders_.obtain(note.your_ip, [](const IpAddress&, const Holder&) {})).mac =
        note.mac;
    leases_.bind(news_of(note), out);
}

void NotedLeases::end(const DhcpNote& note, LeaseState state, EventBatch& out) {
    out.watermark = std::max(out.watermark, note.time);
    if (note.your_ip.is_unspecified()) return;
    decode::LeaseNews news = news_of(note);
    const std::uint32_t slot = holders_.find(note.your_ip);
    if (news.mac.is_zero() && slot != holders_.kNoSlot) news.mac = holders_.at(slot).mac;
    leases_.end(news, state, out);
}

}  // namespace vedette::importer
