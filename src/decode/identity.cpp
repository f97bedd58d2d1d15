#include "decode/identity.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "decode/bounded_map.hpp"
#include "decode/card_table.hpp"
#include "decode/lease_history.hpp"

namespace vedette::decode {
namespace {

// The longest ARP cache lifetime among common routers; a host that talks is asked for more often.
constexpr Duration kNeighbourLifetime = Duration::seconds(4 * 3600);
constexpr std::size_t kMaxPrefixes = 256;
constexpr Timestamp kAlways{INT64_MAX};
constexpr std::uint32_t kNoName = UINT32_MAX;
static_assert(kNoName == LeaseHistory::kNone && kNoName == CardTable::kNoSlot);

/// What the frame's MAC says about an address.
enum class LinkVerdict : std::uint8_t { None, Own, OwnUntied, Behind, BehindNew };

/// What is remembered of one address, with the last answer of resolve(). The answer comes first: it
/// shares a cache line with the key.
struct Host {
    MacAddress answer_link;  // the answer below is for this link MAC,
    MacAddress answer_mac;
    MacSource answer_source = MacSource::Unknown;
    bool answer_by_lease = false;    // answer_name is a lease, else a card
    std::uint32_t answer_epoch = 0;  // this epoch of the table (0: no answer),
    std::uint32_t answer_name = kNoName;
    Timestamp answer_from;  // and these moments
    Timestamp answer_until;

    MacAddress link_mac;  // of the last frame from (or, weaker, to) it
    MacAddress neighbour_mac;
    std::uint32_t link_epoch = 0;
    std::uint32_t leases = LeaseHistory::kNone;
    Timestamp neighbour_time;
    Timestamp changed;  // of the newest change of lease or neighbour
    MacSource neighbour_source = MacSource::Unknown;
    bool forwarded = false;  // its hop limit was counted down
    bool link_sent = false;  // link_mac is the source of a frame, not the destination of one
    bool router = false;     // DHCP named it as a router

    [[nodiscard]] std::uint8_t worth() const noexcept {
        return leases != LeaseHistory::kNone || neighbour_source != MacSource::Unknown ? 1 : 0;
    }
    [[nodiscard]] bool has_neighbour(Timestamp time) const noexcept {
        return neighbour_source != MacSource::Unknown &&
               time - neighbour_time <= kNeighbourLifetime;
    }
};

/// As ==, for which the compiler calls memcmp(); three of these stand in the path of every packet.
bool same(const MacAddress& a, const MacAddress& b) noexcept {
    return std::memcmp(a.octets.data(), b.octets.data(), sizeof a.octets) == 0;
}

bool is_station(const MacAddress& mac) noexcept {
    return !mac.is_group() && !same(mac, MacAddress{});
}

bool is_host(const IpAddress& address) noexcept {
    return !address.is_unspecified() && !address.is_multicast() && !address.is_loopback() &&
           !(address.is_v4() && address.to_v4() == UINT32_MAX);
}

std::uint32_t hash_address(const IpAddress& address) noexcept {
    return static_cast<std::uint32_t>(IpHash{}(address));
}

/// What counts as one address for evidence: IPv4 the address, IPv6 its /64.
std::uint32_t hash_network(const IpAddress& address) noexcept {
    if (address.is_v4()) return hash_address(address);
    IpAddress network = address;
    std::fill(network.octets.begin() + 8, network.octets.end(), std::uint8_t{0});
    return hash_address(network);
}

}  // namespace

struct Identity::State {
    using Hosts = BoundedMap<IpAddress, Host, IpHash>;

    explicit State(IdentityLimits limits)
        : hosts(limits.max_hosts), cards(limits.max_hosts, limits.gateway_addresses) {}

    Host& obtain(const IpAddress& address) {
        return hosts.at(hosts.obtain(
            address, [this](const IpAddress&, Host& gone) { leases.release(gone.leases); }));
    }

    // Every cached answer is for one epoch; a change among gateways, prefixes or names ends it.
    void new_epoch_if(bool changed) noexcept {
        if (changed) ++epoch;
    }

    [[nodiscard]] bool off_link(const IpAddress& address) const noexcept {
        const std::vector<Prefix>& known = address.is_v4() ? prefixes4 : prefixes6;
        return !known.empty() && std::ranges::none_of(known, [&](const Prefix& prefix) {
            return prefix.contains(address);
        });
    }

    [[nodiscard]] LinkVerdict judge(const Host& host, const IpAddress& address,
                                    const MacAddress& mac, Timestamp time) const noexcept {
        if (address.is_link_local()) return LinkVerdict::Own;
        const std::uint32_t lease = leases.find(host.leases, time);
        if (lease != LeaseHistory::kNone) {
            return leases.at(lease).mac == mac ? LinkVerdict::Own : LinkVerdict::BehindNew;
        }
        if (host.has_neighbour(time) && host.neighbour_mac == mac) return LinkVerdict::Own;
        if (cards.is_gateway(mac)) return LinkVerdict::Behind;
        if ((host.forwarded && host.link_mac == mac) || off_link(address))
            return LinkVerdict::BehindNew;
        return LinkVerdict::OwnUntied;
    }

    void note_link(Timestamp time, const IpAddress& address, const MacAddress& mac, bool sent,
                   bool forwarded) {
        if (!is_station(mac)) return;
        const std::uint32_t slot = hosts.find(address);  // only hosts are in the table
        if (slot != Hosts::kNoSlot) {
            const Host& known = hosts.at(slot);
            if (same(known.link_mac, mac) && known.link_epoch == epoch &&
                known.forwarded >= forwarded && known.link_sent >= sent) {
                return;
            }
        }
        if (!is_host(address)) return;
        Host& host = slot != Hosts::kNoSlot ? hosts.at(slot) : obtain(address);
        if (host.link_sent && !sent && host.link_mac != mac) return;
        host.forwarded = host.link_mac == mac ? host.forwarded || forwarded : forwarded;
        host.link_mac = mac;
        host.link_sent = sent;
        host.answer_epoch = 0;
        const LinkVerdict verdict = judge(host, address, mac, time);
        if (verdict == LinkVerdict::OwnUntied) {
            new_epoch_if(cards.add_evidence(time, mac, hash_network(address)));
        } else if (verdict == LinkVerdict::BehindNew) {
            new_epoch_if(cards.add_evidence(time, mac, hash_address(address)));
        }
        host.link_epoch = epoch;
    }

    // The address is mac's own now: it no longer speaks against it, and it may be a router's.
    void tie(Host& host, const IpAddress& address, const MacAddress& mac, Timestamp time) {
        host.changed = time;
        host.answer_epoch = 0;
        host.link_epoch = 0;
        new_epoch_if(cards.remove_evidence(mac, hash_address(address)));
        if (!address.is_v4()) new_epoch_if(cards.remove_evidence(mac, hash_network(address)));
        if (host.router) new_epoch_if(cards.mark_router(mac));
    }

    [[nodiscard]] ClientIdentity named(Timestamp time, const MacAddress& mac,
                                       MacSource source) const noexcept {
        return {mac, source, cards.name_at(cards.find_named(time, mac), mac)};
    }

    void answer(Host& host, const IpAddress& address, const MacAddress& link_mac, Timestamp time);

    Hosts hosts;
    CardTable cards;
    LeaseHistory leases;
    std::vector<Prefix> prefixes4;
    std::vector<Prefix> prefixes6;
    std::uint32_t epoch = 1;
};

// Fills the host's answer for this link MAC and the moments around `time`.
void Identity::State::answer(Host& host, const IpAddress& address, const MacAddress& link_mac,
                             Timestamp time) {
    const LinkVerdict verdict =
        is_station(link_mac) ? judge(host, address, link_mac, time) : LinkVerdict::None;
    const std::uint32_t lease = leases.find(host.leases, time);
    const bool has_lease = lease != LeaseHistory::kNone;
    host.answer_until = has_lease ? leases.at(lease).end : kAlways;
    const bool own = verdict == LinkVerdict::Own || verdict == LinkVerdict::OwnUntied;
    if (own && (!has_lease || leases.at(lease).mac == link_mac)) {
        host.answer_mac = link_mac;
        host.answer_source = MacSource::Link;
    } else if (has_lease) {
        host.answer_mac = leases.at(lease).mac;
        host.answer_source = MacSource::Lease;
    } else if (host.has_neighbour(time)) {
        host.answer_mac = host.neighbour_mac;
        host.answer_source = host.neighbour_source;
        host.answer_until = host.neighbour_time + kNeighbourLifetime;
    } else {
        host.answer_mac = {};
        host.answer_source = MacSource::Unknown;
    }
    host.answer_link = link_mac;
    // A moment before the newest change is answered, but not remembered.
    host.answer_epoch = time < host.changed ? 0 : epoch;
    host.answer_from = std::max(host.changed, time - Duration::seconds(1));
    host.answer_by_lease = has_lease && !leases.at(lease).name.empty();
    host.answer_name = host.answer_by_lease ? lease : cards.find_named(time, host.answer_mac);
}

Identity::Identity(IdentityLimits limits) : state_(std::make_unique<State>(limits)) {}
Identity::~Identity() = default;
Identity::Identity(Identity&&) noexcept = default;
Identity& Identity::operator=(Identity&&) noexcept = default;

void Identity::on_neighbour(Timestamp time, const IpAddress& address, const MacAddress& mac,
                            MacSource source, EventBatch& out) {
    if (!is_station(mac) || !is_host(address)) return;
    Host& host = state_->obtain(address);
    const bool news = host.neighbour_source == MacSource::Unknown || host.neighbour_mac != mac;
    const bool stale = !host.has_neighbour(time);
    host.neighbour_time = time;
    host.neighbour_source = source;
    if (!news && !stale) return;
    host.neighbour_mac = mac;
    state_->tie(host, address, mac, time);
    if (news) out.neighbours.push_back({time, address, mac, source});
}

void Identity::on_router(Timestamp time, const IpAddress& address, const MacAddress& mac) {
    if (is_station(mac)) state_->new_epoch_if(state_->cards.mark_router(mac));
    if (!is_host(address)) return;
    Host& host = state_->obtain(address);
    if (host.router) return;
    host.router = true;
    if (host.has_neighbour(time)) {
        state_->new_epoch_if(state_->cards.mark_router(host.neighbour_mac));
    }
}

void Identity::on_prefix(const Prefix& prefix) {
    auto& known = prefix.address().is_v4() ? state_->prefixes4 : state_->prefixes6;
    if (prefix.length() == 0 || prefix.is_single() || known.size() >= kMaxPrefixes) return;
    if (std::ranges::find(known, prefix) != known.end()) return;
    known.push_back(prefix);
    state_->new_epoch_if(true);
}

void Identity::on_lease(const LeaseEvent& lease, std::string_view host_name) {
    if (!is_host(lease.address) || !is_station(lease.mac)) return;
    // An offer binds nobody, and a delegated prefix is no host.
    if (lease.state == LeaseState::Offered || lease.prefix_length != 0) return;
    Host& host = state_->obtain(lease.address);
    if (lease.state == LeaseState::Bound) {
        host.leases = state_->leases.bind(host.leases, lease, host_name);
        on_host_name(lease.time, lease.mac, host_name);
        state_->tie(host, lease.address, lease.mac, lease.time);
        return;
    }
    state_->leases.end(host.leases, lease.mac, lease.time);
    host.changed = lease.time;
    host.answer_epoch = 0;
    host.link_epoch = 0;
}

void Identity::on_host_name(Timestamp time, const MacAddress& mac, std::string_view host_name) {
    if (is_station(mac)) state_->new_epoch_if(state_->cards.set_name(time, mac, host_name));
}

void Identity::on_link(Timestamp time, const IpAddress& address, const MacAddress& mac,
                       std::uint8_t hop_limit) {
    state_->note_link(time, address, mac, true, was_forwarded(hop_limit));
}

void Identity::on_packet(const PacketContext& packet) {
    if (!packet.has_link || packet.tunneled) return;
    on_link(packet.time, packet.source, packet.link_source, packet.hop_limit);
    state_->note_link(packet.time, packet.destination, packet.link_destination, false, false);
}

ClientIdentity Identity::resolve(Timestamp time, const IpAddress& address,
                                 const MacAddress& link_mac, const MacAddress& edns_mac) {
    State& state = *state_;
    if (is_station(edns_mac)) [[unlikely]]
        return state.named(time, edns_mac, MacSource::Edns);
    const std::uint32_t slot = state.hosts.find(address);
    if (slot == State::Hosts::kNoSlot) {
        // Never seen: only the frame speaks (0.0.0.0 and :: of a host without an address, too).
        if (!is_station(link_mac)) return {};
        const LinkVerdict verdict = state.judge(Host{}, address, link_mac, time);
        const bool own = verdict == LinkVerdict::Own || verdict == LinkVerdict::OwnUntied ||
                         address.is_unspecified();
        return own ? state.named(time, link_mac, MacSource::Link) : ClientIdentity{};
    }
    Host& host = state.hosts.at(slot);
    if (host.answer_epoch != state.epoch || !same(host.answer_link, link_mac) ||
        time < host.answer_from || time >= host.answer_until) {
        state.answer(host, address, link_mac, time);
    }
    ClientIdentity client{host.answer_mac, host.answer_source, {}};
    if (host.answer_by_lease) {
        client.host = state.leases.at(host.answer_name).name;
    } else if (host.answer_name != kNoName) {
        client.host = state.cards.name_at(host.answer_name, host.answer_mac);
    }
    return client;
}

bool Identity::is_gateway(const MacAddress& mac) const noexcept {
    return state_->cards.is_gateway(mac);
}

std::size_t Identity::host_count() const noexcept {
    return state_->hosts.size();
}

}  // namespace vedette::decode
