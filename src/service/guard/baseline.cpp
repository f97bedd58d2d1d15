#include "service/guard/baseline.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <span>

namespace vedette::service {
namespace {

constexpr std::size_t kNetworks = 4'096;
constexpr std::uint16_t kAnyVlan = BaselineNetwork::kAnyVlan;
constexpr Duration kSeenEvery = Duration::seconds(86'400);
constexpr unsigned kSubnetV6 = 64;  // RFC 4291 2.5.4
constexpr DhcpType kOffer = 2;      // RFC 2132 9.6
constexpr DhcpType kAck = 5;
constexpr DhcpType kAdvertise6 = 2;  // RFC 8415 7.3
constexpr DhcpType kReply6 = 7;

bool hands_out(const DhcpMessage& event) noexcept {
    if (event.v6) return event.type == kAdvertise6 || event.type == kReply6;
    return event.type == kOffer || event.type == kAck;
}

/// Towards a relay, not from it to the client, where the relay's address still stands in it.
bool is_relayed(const DhcpMessage& event) noexcept {
    if (event.relay_ip.is_unspecified()) return false;
    return event.v6 || event.destination == event.relay_ip;
}

/// Of the client, as far as the message tells; else all of the family.
Prefix subnet_of(const DhcpMessage& event) noexcept {
    if (event.v6) {
        return is_relayed(event) ? Prefix(event.relay_ip, kSubnetV6) : Prefix(IpAddress{}, 0);
    }
    const Prefix all(IpAddress::from_v4(0), 0);
    if (!event.subnet_mask.is_v4()) return all;
    const std::uint32_t mask = event.subnet_mask.to_v4();
    const IpAddress& address = event.your_ip.is_unspecified() ? event.client_ip : event.your_ip;
    if (std::countl_one(mask) != std::popcount(mask) || !address.is_v4()) return all;
    return {address, static_cast<unsigned>(std::popcount(mask))};
}

std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 0;
    for (const char c : text)
        hash = mix64(hash ^ static_cast<std::uint8_t>(c)) + 1;
    return hash;
}

}  // namespace

bool Baseline::Network::has(const IpAddress& server) const noexcept {
    const auto known = std::span(servers).first(count);
    return std::ranges::find(known, server) != known.end();
}

void Baseline::Network::add(const IpAddress& server) noexcept {
    if (has(server)) return;
    if (count == servers.size()) {
        std::rotate(servers.begin(), servers.begin() + 1, servers.end());
        --count;
    }
    servers[count++] = server;
    changed = true;
}

Baseline::Baseline() : networks_(kNetworks), segments_(kNetworks) {}

Baseline::Key Baseline::key_of(std::string_view sensor, std::uint16_t vlan,
                               const Prefix& subnet) noexcept {
    const bool v4 = subnet.address().is_v4();
    return {hash_of(sensor), subnet.address(), vlan, static_cast<std::uint8_t>(subnet.length()),
            v4};
}

/// `key` is that of the whole VLAN.
bool Baseline::is_first(const Key& key, const IpAddress& giver) {
    Segment& segment = segments_.at(key);
    if (!segment.used()) segment.dhcp_server = giver;
    segment.last = ++uses_;
    return segment.dhcp_server == giver;
}

Baseline::Network& Baseline::network(const Key& key, std::string_view sensor,
                                     const IpAddress& giver) {
    Network& network = networks_.at(key);
    if (!network.used()) {
        network.dhcp_server = giver;
        network.sensor = sensor;
        lengths_[key.v4 ? 1 : 0].set(key.length);
    }
    network.last = ++uses_;
    return network;
}

void Baseline::learn(const Policy& policy, const DhcpMessage& event, const ByteArena& bytes,
                     std::string_view sensor) {
    if (!hands_out(event) || event.dns_servers.empty()) return;
    const IpAddress& giver = event.server_ip.is_unspecified() ? event.source : event.server_ip;
    const PolicyEntry* const entry = policy.resolver(giver);
    if (entry != nullptr && entry->verdict == PolicyVerdict::Ban) return;
    const bool listed = entry != nullptr && entry->verdict == PolicyVerdict::Authorize;
    const bool relayed = is_relayed(event);
    const Prefix all(event.v6 ? IpAddress{} : IpAddress::from_v4(0), 0);
    if (!relayed && !is_first(key_of(sensor, event.vlan, all), giver) && !listed) return;
    const Key key = key_of(sensor, relayed ? kAnyVlan : event.vlan, subnet_of(event));
    Network& found = network(key, sensor, giver);
    if (relayed && found.dhcp_server != giver && !listed) return;
    take(found, event, bytes);
    // For those whose subnet DHCP does not serve.
    if (!relayed && key.length != 0) {
        take(network(key_of(sensor, event.vlan, all), sensor, giver), event, bytes);
    }
}

void Baseline::take(Network& found, const DhcpMessage& event, const ByteArena& bytes) {
    const std::size_t width = event.v6 ? 16 : 4;
    for (ByteView rest = bytes.view(event.dns_servers); rest.size() >= width;
         rest = rest.subspan(width)) {
        found.add(IpAddress::from_bytes(rest.first(width)));
    }
    if (!found.seen.known() || event.time - found.seen >= kSeenEvery) {
        found.seen = event.time;
        found.changed = true;
    }
    changed_ |= found.changed;
}

bool Baseline::holds(const Place& place, const IpAddress& server) const noexcept {
    const bool v4 = place.client.is_v4();
    const std::bitset<129>& lengths = lengths_[v4 ? 1 : 0];
    if (lengths.none()) return false;
    const std::uint64_t sensor = hash_of(place.sensor);
    // The narrowest network that the client is in decides.
    for (unsigned length = (v4 ? 32U : 128U) + 1; length-- > 0;) {
        if (!lengths.test(length)) continue;
        const Prefix subnet(place.client, length);
        bool known = false;
        for (const std::uint16_t vlan : {place.vlan, kAnyVlan}) {
            const Network* const network = networks_.find(
                {sensor, subnet.address(), vlan, static_cast<std::uint8_t>(length), v4});
            if (network == nullptr) continue;
            if (network->has(server)) return true;
            known = true;
        }
        if (known) return false;
    }
    return false;
}

void Baseline::load(const std::vector<BaselineNetwork>& networks) {
    for (const BaselineNetwork& row : networks) {
        const Key key = key_of(row.sensor, row.vlan, row.subnet);
        if (row.vlan != kAnyVlan) {
            const Prefix all(key.v4 ? IpAddress::from_v4(0) : IpAddress{}, 0);
            static_cast<void>(is_first(key_of(row.sensor, row.vlan, all), row.dhcp_server));
        }
        Network& found = network(key, row.sensor, row.dhcp_server);
        for (const IpAddress& server : row.servers)
            found.add(server);
        found.seen = row.seen;
        found.changed = false;
    }
}

std::vector<BaselineNetwork> Baseline::take_changes() {
    std::vector<BaselineNetwork> changes;
    if (!changed_) return changes;
    changed_ = false;
    networks_.for_each_used([&](Network& network) {
        if (!network.changed) return;
        network.changed = false;
        changes.push_back({network.sensor,
                           network.key.vlan,
                           Prefix(network.key.subnet, network.key.length),
                           network.dhcp_server,
                           {network.servers.begin(), network.servers.begin() + network.count},
                           network.seen});
    });
    return changes;
}

std::size_t Baseline::memory_bytes() const noexcept {
    constexpr std::size_t kSensorBytes = 64;
    return networks_.memory_bytes() + segments_.memory_bytes() + kNetworks * kSensorBytes;
}

}  // namespace vedette::service
