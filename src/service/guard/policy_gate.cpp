#include "service/guard/policy_gate.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "render/name_text.hpp"
#include "wire/dns/message.hpp"

namespace vedette::service {
namespace {

constexpr std::size_t kNetworks = 4'096;
constexpr std::size_t kLedAddresses = 16'384;
constexpr std::size_t kKnownProposals = 32'768;
constexpr Duration kLedFor = Duration::seconds(86'400);
constexpr DhcpType kOffer = 2;  // RFC 2132 9.6
constexpr DhcpType kAck = 5;
constexpr DhcpType kAdvertise6 = 2;  // RFC 8415 7.3
constexpr DhcpType kReply6 = 7;
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;

bool hands_out(const DhcpMessage& event) noexcept {
    if (event.v6) return event.type == kAdvertise6 || event.type == kReply6;
    return event.type == kOffer || event.type == kAck;
}

/// IPv4 and IPv6 servers of a network come from different DHCP servers.
std::uint32_t network_key(std::uint16_t vlan, bool v6) noexcept {
    return std::uint32_t{vlan} | (v6 ? 0x10000U : 0U);
}

bool authorizes(const PolicyEntry* entry) noexcept {
    return entry != nullptr && entry->verdict == PolicyVerdict::Authorize;
}
bool bans(const PolicyEntry* entry) noexcept {
    return entry != nullptr && entry->verdict == PolicyVerdict::Ban;
}

}  // namespace

PolicyGate::PolicyGate(const PolicyHolder& policy)
    : holder_(&policy), networks_(kNetworks), led_(kLedAddresses), proposed_(kKnownProposals) {}

void PolicyGate::mark(EventBatch& batch) {
    const std::shared_ptr<const Policy> policy = holder_->get();
    for (DhcpMessage& event : batch.dhcp) {
        learn_baseline(*policy, event, batch.bytes);
        if (policy->idle()) continue;
        const std::uint16_t marks = judge_client(*policy, event.client_mac, event.time);
        event.marks = static_cast<std::uint16_t>(event.marks | marks);
    }
    if (policy->idle()) return;
    for (DnsTransaction& event : batch.dns) {
        if (event.protocol != DnsProtocol::Dns) continue;
        if (policy->has_resolver_names()) follow_name(*policy, event, batch.bytes);
        std::uint16_t marks = judge_resolver(*policy, event);
        if (event.mac_source != MacSource::Unknown) {
            marks = static_cast<std::uint16_t>(
                marks | judge_client(*policy, event.client_mac, event.time()));
        }
        event.marks = static_cast<std::uint16_t>(event.marks | marks);
    }
}

void PolicyGate::learn_baseline(const Policy& policy, const DhcpMessage& event,
                                const ByteArena& bytes) {
    if (!hands_out(event) || event.dns_servers.empty()) return;
    const IpAddress& giver = event.server_ip.is_unspecified() ? event.source : event.server_ip;
    const std::uint32_t key = network_key(event.vlan, event.v6);
    Network& network = networks_.at(key);
    if (!network.used()) network.dhcp_server = giver;
    network.last = ++uses_;
    const PolicyEntry* const entry = policy.resolver(giver);
    if (bans(entry) || (giver != network.dhcp_server && !authorizes(entry))) return;
    const std::size_t width = event.v6 ? 16 : 4;
    for (ByteView rest = bytes.view(event.dns_servers); rest.size() >= width;
         rest = rest.subspan(width)) {
        const IpAddress server = IpAddress::from_bytes(rest.first(width));
        const auto end = network.servers.begin() + network.count;
        if (std::find(network.servers.begin(), end, server) != end) continue;
        if (network.count == network.servers.size()) {  // the oldest gives way
            std::rotate(network.servers.begin(), network.servers.begin() + 1,
                        network.servers.end());
            --network.count;
        }
        network.servers[network.count++] = server;
    }
}

bool PolicyGate::is_baseline(std::uint16_t vlan, const IpAddress& server) {
    for (const bool v6 : {false, true}) {
        const Network& network = networks_.at(network_key(vlan, v6));
        const auto end = network.servers.begin() + network.count;
        if (network.used() && std::find(network.servers.begin(), end, server) != end) return true;
    }
    return false;
}

/// Addresses that a listed name was answered with are judged as the name.
void PolicyGate::follow_name(const Policy& policy, const DnsTransaction& event,
                             const ByteArena& bytes) {
    if (!event.has_response() || event.qname.empty()) return;
    if (event.qtype != kTypeA && event.qtype != kTypeAaaa) return;
    std::string name = render::name_text(bytes.view(event.qname));
    if (name.ends_with('.')) name.pop_back();
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    const PolicyEntry* const entry = policy.resolver_name(name);
    if (entry == nullptr) return;
    const auto message = wire::dns::MessageView::inspect(bytes.view(event.response_message));
    wire::dns::RecordCursor records = message.records();
    for (wire::dns::RecordView record; records.next(record);) {
        if (record.section != wire::dns::Section::Answer) return;
        const std::size_t width = record.type == kTypeA ? 4 : record.type == kTypeAaaa ? 16 : 0;
        if (width == 0 || record.rdata.size() != width) continue;
        Led& led = led_.at(IpAddress::from_bytes(record.rdata));
        led.until = event.time() + kLedFor;
        led.verdict = static_cast<std::uint32_t>(entry->verdict);
    }
}

/// Who may ask any server: an authorized resolver has to.
bool PolicyGate::is_resolver(const Policy& policy, std::uint16_t vlan, const IpAddress& address) {
    return authorizes(policy.resolver(address)) || is_baseline(vlan, address);
}

std::uint16_t PolicyGate::judge_resolver(const Policy& policy, const DnsTransaction& event) {
    const PolicyEntry* const entry = policy.resolver(event.server);
    if (entry != nullptr) return bans(entry) ? DnsMarks::kPolicyBanned : std::uint16_t{0};
    if (policy.has_resolver_names()) {
        const Led& led = led_.at(event.server);
        if (led.used() && event.time() < led.until) {
            const bool banned = static_cast<PolicyVerdict>(led.verdict) == PolicyVerdict::Ban;
            return banned ? DnsMarks::kPolicyBanned : std::uint16_t{0};
        }
    }
    const PolicyMode& mode = policy.mode(PolicyList::Resolvers);
    if (!mode.allow_list || event.server.is_multicast() || event.server.is_loopback()) return 0;
    if (is_resolver(policy, event.vlan, event.client) || is_baseline(event.vlan, event.server)) {
        return 0;
    }
    if (mode.learning(event.time())) {
        propose(PolicyList::Resolvers, event.server.to_text(),
                "asked by " + event.client.to_text());
        return 0;
    }
    return DnsMarks::kPolicyUnlisted;
}

std::uint16_t PolicyGate::judge_client(const Policy& policy, const MacAddress& mac,
                                       Timestamp time) {
    if (mac.is_zero() || mac.is_group()) return 0;
    const PolicyEntry* const entry = policy.client(mac);
    if (entry != nullptr) return bans(entry) ? DnsMarks::kClientBanned : std::uint16_t{0};
    const PolicyMode& mode = policy.mode(PolicyList::Clients);
    if (!mode.allow_list) return 0;
    if (mode.learning(time)) {
        propose(PolicyList::Clients, mac.to_text(), "seen on the network");
        return 0;
    }
    return DnsMarks::kClientUnlisted;
}

void PolicyGate::propose(PolicyList list, const std::string& subject, std::string seen) {
    if (proposals_.size() >= kMaxProposals) return;
    const std::uint64_t key = std::hash<std::string>{}(subject) ^ static_cast<std::uint64_t>(list)
                                                                      << 63U;
    Proposed& known = proposed_.at(key);
    const bool before = known.used();
    known.used_at = ++uses_;
    if (before) return;
    if (auto parsed = parse_policy_subject(list, subject)) {
        proposals_.push_back({list, std::move(*parsed), std::move(seen)});
    }
}

std::vector<PolicyProposal> PolicyGate::take_proposals() {
    return std::exchange(proposals_, {});
}

std::size_t PolicyGate::memory_bytes() const noexcept {
    return networks_.memory_bytes() + led_.memory_bytes() + proposed_.memory_bytes() +
           kMaxProposals * (sizeof(PolicyProposal) + 128);
}

}  // namespace vedette::service
