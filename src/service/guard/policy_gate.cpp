#include "service/guard/policy_gate.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "render/name_text.hpp"
#include "wire/dns/message.hpp"

namespace vedette::service {
namespace {

constexpr std::size_t kLedAddresses = 16'384;
constexpr std::size_t kKnownProposals = 32'768;
constexpr Duration kLedFor = Duration::seconds(86'400);
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;

bool authorizes(const PolicyEntry* entry) noexcept {
    return entry != nullptr && entry->verdict == PolicyVerdict::Authorize;
}
bool bans(const PolicyEntry* entry) noexcept {
    return entry != nullptr && entry->verdict == PolicyVerdict::Ban;
}

}  // namespace

PolicyGate::PolicyGate(const PolicyHolder& policy)
    : holder_(&policy), led_(kLedAddresses), proposed_(kKnownProposals) {}

void PolicyGate::mark(EventBatch& batch) {
    const std::shared_ptr<const Policy> policy = holder_->get();
    for (DhcpMessage& event : batch.dhcp) {
        baseline_.learn(*policy, event, batch.bytes, batch.origin.sensor);
        if (policy->idle()) continue;
        const std::uint16_t marks = judge_client(*policy, event.client_mac, event.time);
        event.marks = static_cast<std::uint16_t>(event.marks | marks);
    }
    forget_authorized(*policy, batch);
    if (policy->idle()) return;
    for (DnsTransaction& event : batch.dns) {
        if (event.protocol != DnsProtocol::Dns) continue;
        if (policy->has_resolver_names()) follow_name(*policy, event, batch.bytes);
        std::uint16_t marks = judge_resolver(*policy, event, batch.origin.sensor);
        if (event.mac_source != MacSource::Unknown) {
            marks = static_cast<std::uint16_t>(
                marks | judge_client(*policy, event.client_mac, event.time()));
        }
        event.marks = static_cast<std::uint16_t>(event.marks | marks);
    }
}

/// Encrypted DNS to the server that the network itself names goes around nobody.
void PolicyGate::forget_authorized(const Policy& policy, EventBatch& batch) const {
    std::erase_if(batch.encrypted, [&](const EncryptedSighting& seen) {
        return !bans(policy.resolver(seen.server)) &&
               baseline_.holds({batch.origin.sensor, seen.vlan, seen.client}, seen.server);
    });
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

std::uint16_t PolicyGate::judge_resolver(const Policy& policy, const DnsTransaction& event,
                                         std::string_view sensor) {
    const PolicyEntry* const entry = policy.resolver(event.server);
    if (entry != nullptr) return bans(entry) ? DnsMarks::kPolicyBanned : std::uint16_t{0};
    if (policy.has_resolver_names()) {
        const Led* const led = led_.find(event.server);
        if (led != nullptr && event.time() < led->until) {
            const bool banned = static_cast<PolicyVerdict>(led->verdict) == PolicyVerdict::Ban;
            return banned ? DnsMarks::kPolicyBanned : std::uint16_t{0};
        }
    }
    const PolicyMode& mode = policy.mode(PolicyList::Resolvers);
    if (!mode.allow_list || event.server.is_multicast() || event.server.is_loopback()) return 0;
    // An authorized resolver may ask any server: it has to.
    const Baseline::Place place{sensor, event.vlan, event.client};
    if (authorizes(policy.resolver(event.client)) || baseline_.holds(place, event.client) ||
        baseline_.holds(place, event.server)) {
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
    return baseline_.memory_bytes() + led_.memory_bytes() + proposed_.memory_bytes() +
           kMaxProposals * (sizeof(PolicyProposal) + 128);
}

}  // namespace vedette::service
