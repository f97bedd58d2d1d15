#include "decode/dhcp_tracker.hpp"

#include <algorithm>
#include <bit>

#include "decode/dhcp_clients.hpp"
#include "decode/dhcp_events.hpp"
#include "decode/lease_table.hpp"
#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/dhcp6.hpp"

namespace vedette::decode {
namespace {

namespace dhcp = wire::dhcp;

enum Type4 : std::uint8_t {
    kBootp = 0,
    kDiscover = 1,
    kOffer = 2,
    kRequest = 3,
    kDecline = 4,
    kAck = 5,
    kNak = 6,
    kRelease = 7,
    kInform = 8,
    kLeaseActive = 13,
};
enum Type6 : std::uint8_t { kAdvertise6 = 2, kReply6 = 7, kRelease6 = 8, kDecline6 = 9 };

constexpr std::uint8_t kReply = 2;
constexpr std::uint32_t kForEver = 0xffffffff;
constexpr std::size_t kMaxText = 255;

[[nodiscard]] std::uint32_t missing_bytes(const PacketContext& packet, ByteView payload) noexcept {
    if (packet.original_bytes > payload.size()) {
        return packet.original_bytes - static_cast<std::uint32_t>(payload.size());
    }
    return packet.snapped ? 1 : 0;
}

[[nodiscard]] bool is_malformed(const wire::Damage& damage) noexcept {
    return damage && wire::info(damage.id).severity > wire::Severity::Info;
}

void assign(std::string& kept, std::string_view text) {
    if (!text.empty()) kept.assign(text.substr(0, kMaxText));
}

}  // namespace

struct DhcpTracker::State {
    State(Identity& who, TraceCounts& books, const DhcpTrackerLimits& limits)
        : identity(who),
          counts(books),
          leases(who, limits.max_leases),
          clients(limits.max_transactions) {}

    wire::Damage count(const wire::Damage& damage, std::uint64_t packet);
    void remember(DhcpClientKey key, const DhcpMessage& event, const EventBatch& out);
    [[nodiscard]] LeaseNews news_of(DhcpClientKey key, const DhcpMessage& event) noexcept;
    void learn_segment(const PacketContext& packet, const DhcpMessage& event,
                       const EventBatch& out);
    void follow_v4(const PacketContext& packet, const DhcpMessage& event, EventBatch& out);
    void follow_reply_v4(const PacketContext& packet, const DhcpMessage& event, EventBatch& out);
    void follow_v6(const DhcpMessage& event, const dhcp::MessageView6& view, EventBatch& out);

    Identity& identity;
    TraceCounts& counts;
    DhcpEvents events;
    LeaseTable leases;
    DhcpClients clients;
    std::uint64_t last_malformed = 0;  // packet number, so that a packet counts once
};

wire::Damage DhcpTracker::State::count(const wire::Damage& damage, std::uint64_t packet) {
    if (damage) ++counts.anomalies[static_cast<std::size_t>(damage.id)];
    if (is_malformed(damage) && (packet == 0 || last_malformed != packet)) {
        last_malformed = packet;
        ++counts.malformed_dhcp;
    }
    return damage;
}

// The client's own words, for the server's answers that do not repeat them.
void DhcpTracker::State::remember(DhcpClientKey key, const DhcpMessage& event,
                                  const EventBatch& out) {
    DhcpClient& client = clients.obtain(key);
    if (event.mac_source != MacSource::Unknown) {
        client.mac = event.client_mac;
        client.mac_source = event.mac_source;
    }
    client.requested = event.requested_ip.is_unspecified() ? event.client_ip : event.requested_ip;
    const ByteSlice name = event.host_name.empty() ? event.client_fqdn : event.host_name;
    assign(client.host_name, out.bytes.text(name));
    assign(client.vendor_class, out.bytes.text(event.vendor_class));
    assign(client.client_id, out.bytes.text(event.client_id));
}

LeaseNews DhcpTracker::State::news_of(DhcpClientKey key, const DhcpMessage& event) noexcept {
    LeaseNews news;
    news.time = event.time;
    news.mac = event.client_mac;
    news.server = event.server_ip;
    news.vlan = event.vlan;
    news.v6 = event.v6;
    news.seconds = event.lease_seconds;
    if (const DhcpClient* client = clients.find(key)) {
        if (event.v6 && client->mac_source != MacSource::Unknown) news.mac = client->mac;
        news.host_name = client->host_name;
        news.vendor_class = client->vendor_class;
        news.client_id = as_bytes(client->client_id);
    }
    return news;
}

// An ACK on the client's own segment tells the segment's prefix and its routers. Behind a relay or
// a router it tells those of another one.
void DhcpTracker::State::learn_segment(const PacketContext& packet, const DhcpMessage& event,
                                       const EventBatch& out) {
    const bool here =
        packet.has_link && !packet.tunneled && event.relay_ip.is_unspecified() &&
        (packet.link_destination == event.client_mac || packet.link_destination.is_group());
    const std::uint32_t mask = event.subnet_mask.is_v4() ? event.subnet_mask.to_v4() : 0;
    if (!here || std::countl_one(mask) != std::popcount(mask) || mask == 0) return;
    identity.on_prefix(Prefix(event.your_ip, static_cast<unsigned>(std::popcount(mask))));
    const ByteView routers = out.bytes.view(event.routers);
    for (std::size_t i = 0; i + 4 <= routers.size(); i += 4) {
        identity.on_router(event.time, IpAddress::from_bytes(routers.subspan(i, 4)), {});
    }
}

void DhcpTracker::State::follow_reply_v4(const PacketContext& packet, const DhcpMessage& event,
                                         EventBatch& out) {
    const auto key = DhcpClientKey::of_mac(event.client_mac);
    LeaseNews news = news_of(key, event);
    news.address = event.your_ip;
    switch (event.type) {
        case kOffer:
            if (!event.your_ip.is_unspecified()) leases.offer(news, out);
            break;
        case kBootp:
            // Plain BOOTP gives addresses for good (RFC 951); a cut DHCP message looks like it.
            if (event.your_ip.is_unspecified() || is_malformed(event.damage)) break;
            if (event.damage.id == wire::AnomalyId::DhcpCaptureCut) break;
            news.seconds = kForEver;
            leases.bind(news, out);
            break;
        case kAck:
            // The answer to an Inform gives no address (RFC 2131 section 4.3.5).
            if (event.your_ip.is_unspecified() || event.lease_seconds == 0) break;
            leases.bind(news, out);
            learn_segment(packet, event, out);
            break;
        case kLeaseActive:
            news.address = event.client_ip;
            if (!event.client_ip.is_unspecified() && event.lease_seconds != 0) {
                leases.bind(news, out);
            }
            break;
        case kNak: {
            const DhcpClient* client = clients.find(key);
            if (client == nullptr || client->requested.is_unspecified()) break;
            news.address = client->requested;
            leases.end(news, LeaseState::Refused, out);
            break;
        }
        default:
            break;
    }
}

void DhcpTracker::State::follow_v4(const PacketContext& packet, const DhcpMessage& event,
                                   EventBatch& out) {
    if (event.mac_source == MacSource::Unknown) return;
    const auto key = DhcpClientKey::of_mac(event.client_mac);
    if (event.op == kReply) return follow_reply_v4(packet, event, out);
    remember(key, event, out);
    LeaseNews news = news_of(key, event);
    switch (event.type) {
        case kRequest:
        case kInform:
            identity.on_host_name(event.time, event.client_mac, news.host_name);
            break;
        case kDecline:
            news.address = event.requested_ip;
            if (!news.address.is_unspecified()) leases.end(news, LeaseState::Declined, out);
            break;
        case kRelease:
            news.address = event.client_ip;
            if (!news.address.is_unspecified()) leases.end(news, LeaseState::Released, out);
            break;
        default:
            break;
    }
}

void DhcpTracker::State::follow_v6(const DhcpMessage& event, const dhcp::MessageView6& view,
                                   EventBatch& out) {
    if (event.client_id.empty()) return;
    const auto key = DhcpClientKey::of_duid(out.bytes.view(event.client_id));
    if (!is_server_type6(event.type)) remember(key, event, out);
    LeaseNews news = news_of(key, event);
    if (news.mac.is_zero()) return;
    dhcp::BindingCursor cursor = view.bindings();
    for (dhcp::Binding binding; cursor.next(binding);) {
        news.address = IpAddress::from_bytes(binding.address);
        news.seconds = binding.valid_seconds;
        news.prefix_length =
            binding.kind == dhcp::BindingKind::Prefix ? binding.prefix_length : std::uint16_t{0};
        switch (event.type) {
            case kAdvertise6:
                leases.offer(news, out);
                break;
            case kReply6:
                // A lifetime of 0 takes the address away (RFC 8415 section 18.2.10.1).
                if (news.seconds != 0) {
                    leases.bind(news, out);
                } else {
                    leases.end(news, LeaseState::Expired, out);
                }
                break;
            case kRelease6:
                leases.end(news, LeaseState::Released, out);
                break;
            case kDecline6:
                leases.end(news, LeaseState::Declined, out);
                break;
            default:
                break;
        }
    }
}

DhcpTracker::DhcpTracker(Identity& identity, TraceCounts& counts, DhcpTrackerLimits limits)
    : state_(std::make_unique<State>(identity, counts, limits)) {}
DhcpTracker::~DhcpTracker() = default;

wire::Damage DhcpTracker::on_v4(const PacketContext& packet, ByteView payload, EventBatch& out) {
    State& state = *state_;
    state.leases.expire(packet.time, out);
    const auto view = dhcp::MessageView4::inspect(payload, missing_bytes(packet, payload));
    ++state.counts.dhcp_msgs;
    const std::size_t last = state.counts.dhcp_type.size() - 1;
    ++state.counts.dhcp_type[std::min<std::size_t>(view.type(), last)];
    // By value: following the lease appends to the same arena, not to the list of messages.
    const DhcpMessage event = state.events.add_v4(packet, payload, view, out);
    state.follow_v4(packet, event, out);
    return state.count(view.damage(), packet.packet);
}

wire::Damage DhcpTracker::on_v6(const PacketContext& packet, ByteView payload, EventBatch& out) {
    State& state = *state_;
    state.leases.expire(packet.time, out);
    const auto view = dhcp::MessageView6::inspect(payload, missing_bytes(packet, payload));
    ++state.counts.dhcpv6;
    const std::size_t last = state.counts.dhcpv6_type.size() - 1;
    ++state.counts.dhcpv6_type[std::min<std::size_t>(view.outer_type(), last)];
    const DhcpMessage event = state.events.add_v6(packet, payload, view, out);
    state.follow_v6(event, view, out);
    return state.count(view.damage(), packet.packet);
}

void DhcpTracker::expire(Timestamp now, EventBatch& out) {
    state_->leases.expire(now, out);
}

std::size_t DhcpTracker::lease_count() const noexcept {
    return state_->leases.size();
}
std::size_t DhcpTracker::client_count() const noexcept {
    return state_->clients.size();
}

}  // namespace vedette::decode
