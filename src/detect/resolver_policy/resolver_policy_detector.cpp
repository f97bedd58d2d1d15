#include "detect/resolver_policy/resolver_policy_detector.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "detect/episodes.hpp"
#include "detect/resolver_policy/known_resolvers.hpp"
#include "render/name_text.hpp"

namespace vedette::detect {
namespace {

constexpr std::uint16_t kTlsPort = 853;  // RFC 7858, RFC 9250
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kTypeHttps = 65;
constexpr std::size_t kReasonBytes = 512;

struct Subject {
    FindingKind kind{};
    IpAddress client;
    IpAddress server;
    std::uint64_t name = 0;  // a bootstrap name instead of a server
    friend bool operator==(const Subject&, const Subject&) = default;
};
struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept {
        return mix64(IpHash{}(subject.client) ^ IpHash{}(subject.server) * 3U ^ subject.name ^
                     static_cast<std::uint64_t>(subject.kind) << 48U);
    }
};
struct Told {
    std::string reason;
    std::string name;
    MacAddress mac;
    std::array<std::uint64_t, 4> packets{};
    std::uint8_t packet_count = 0;

    void note(std::uint64_t packet) noexcept {
        if (packet != 0 && packet_count < packets.size()) packets[packet_count++] = packet;
    }
};

std::string lower_name(std::string_view text) {
    std::string name(text);
    if (name.ends_with('.')) name.pop_back();
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return name;
}

/// " (entry 192.0.2.0/24: why)".
std::string entry_text(const PolicyEntry* entry) {
    if (entry == nullptr) return {};
    if (entry->reason.empty()) return fmt::format(" (entry {})", entry->subject.text);
    return fmt::format(" (entry {}: {})", entry->subject.text, entry->reason);
}

std::string_view way_text(const EncryptedSighting& seen) noexcept {
    if (seen.port == kTlsPort) return seen.quic ? "DNS over QUIC" : "DNS over TLS";
    return "DNS over HTTPS";
}

class ResolverPolicyDetector final : public Detector {
  public:
    ResolverPolicyDetector(const ResolverPolicySettings& settings, const PolicyHolder* policy)
        : settings_(settings), holder_(policy), subjects_(settings.max_subjects, {}) {}

    std::string_view name() const noexcept override { return "resolver-policy"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        const std::shared_ptr<const Policy> policy =
            holder_ != nullptr ? holder_->get() : std::make_shared<const Policy>();
        constexpr auto kResolver =
            static_cast<std::uint16_t>(DnsMarks::kPolicyBanned | DnsMarks::kPolicyUnlisted);
        for (const DnsTransaction& event : batch.dns) {
            if ((event.marks & kResolver) != 0) on_marked(event, *policy, findings);
            if (asks_bootstrap(event)) on_bootstrap(event, batch, *policy, findings);
        }
        for (const EncryptedSighting& seen : batch.encrypted)
            on_encrypted(seen, batch.bytes.text(seen.server_name), *policy, findings);
        advance(batch.watermark, findings);
    }

    void advance(Timestamp now, std::vector<Finding>& findings) override {
        subjects_.advance(now, [&](Episodes::Entry& entry) {
            findings.push_back(make_finding(entry, FindingPhase::Ended));
        });
    }

    std::size_t memory_bytes() const noexcept override {
        return subjects_.memory_bytes() + settings_.max_subjects * kReasonBytes;
    }

  private:
    using Episodes = EpisodeTable<Subject, Told, SubjectHash>;

    void on_marked(const DnsTransaction& event, const Policy& policy,
                   std::vector<Finding>& findings) {
        const bool banned = (event.marks & DnsMarks::kPolicyBanned) != 0;
        const Subject subject{
            banned ? FindingKind::ResolverBanned : FindingKind::ResolverUnauthorized, event.client,
            event.server, 0};
        Episodes::Entry& entry = subjects_.touch(subject, event.time());
        if (event.mac_source != MacSource::Unknown) entry.extra.mac = event.client_mac;
        entry.extra.note(event.query_packet != 0 ? event.query_packet : event.response_packet);
        speak(entry, event.time(), findings, [&](Told& told) {
            told.reason = banned
                              ? fmt::format("{} uses the resolver {}, which is banned{}.",
                                            event.client.to_text(), event.server.to_text(),
                                            entry_text(policy.resolver(event.server)))
                              : fmt::format(
                                    "{} uses the resolver {}, which is not on the allow list and "
                                    "was not handed out by DHCP.",
                                    event.client.to_text(), event.server.to_text());
        });
    }

    static bool asks_bootstrap(const DnsTransaction& event) noexcept {
        const std::uint16_t type = event.qtype;
        return event.has_query() && event.protocol == DnsProtocol::Dns && !event.qname.empty() &&
               (type == kTypeA || type == kTypeAaaa || type == kTypeHttps);
    }

    /// Somebody who asks for a resolver's name is about to use it.
    void on_bootstrap(const DnsTransaction& event, const EventBatch& batch, const Policy& policy,
                      std::vector<Finding>& findings) {
        if (!settings_.bootstrap && !policy.has_resolver_names() &&
            !policy.mode(PolicyList::Resolvers).allow_list) {
            return;
        }
        const std::string name = lower_name(render::name_text(batch.bytes.view(event.qname)));
        const PolicyEntry* const entry = policy.resolver_name(name);
        if (entry != nullptr && entry->verdict != PolicyVerdict::Ban) return;
        const std::string_view who = known_resolver_name(name);
        if (entry == nullptr && who.empty()) return;
        const FindingKind kind =
            entry != nullptr ? FindingKind::ResolverBanned : FindingKind::ResolverEncrypted;
        Episodes::Entry& episode =
            subjects_.touch({kind, event.client, {}, std::hash<std::string>{}(name)}, event.time());
        if (event.mac_source != MacSource::Unknown) episode.extra.mac = event.client_mac;
        episode.extra.note(event.query_packet);
        speak(episode, event.time(), findings, [&](Told& told) {
            told.name = name;
            told.reason =
                fmt::format("{} asked for {}, the name of a resolver{}{}{}.",
                            event.client.to_text(), name, who.empty() ? "" : " of ", who,
                            entry != nullptr ? " that is banned" + entry_text(entry) : "");
        });
    }

    void on_encrypted(const EncryptedSighting& seen, std::string_view sent, const Policy& policy,
                      std::vector<Finding>& findings) {
        const std::string name = lower_name(sent);
        const PolicyEntry* entry = policy.resolver(seen.server);
        if (entry == nullptr && !name.empty()) entry = policy.resolver_name(name);
        if (entry != nullptr && entry->verdict != PolicyVerdict::Ban) return;
        std::string_view who = known_resolver_name(name);
        if (who.empty()) who = known_resolver(seen.server);
        const bool is_dns = seen.port == kTlsPort || !who.empty();
        if (entry == nullptr && (!is_dns || !settings_.encrypted)) return;
        const FindingKind kind =
            entry != nullptr ? FindingKind::ResolverBanned : FindingKind::ResolverEncrypted;
        Episodes::Entry& episode = subjects_.touch({kind, seen.client, seen.server, 0}, seen.time);
        episode.extra.mac = seen.client_mac;
        episode.extra.note(seen.packet);
        speak(episode, seen.time, findings, [&](Told& told) {
            told.name = name;
            const std::string named =
                fmt::format("{}{}{}", seen.server.to_text(), name.empty() ? "" : " ", name);
            const std::string of = who.empty() ? "" : fmt::format(", a resolver of {}", who);
            told.reason =
                fmt::format("{} connected to {} port {} for {}{}{}.", seen.client.to_text(), named,
                            seen.port, way_text(seen), of,
                            entry != nullptr ? ", which is banned" + entry_text(entry) : "");
        });
    }

    template <typename Describe>
    void speak(Episodes::Entry& entry, Timestamp time, std::vector<Finding>& findings,
               Describe&& describe) {
        subjects_.speak(entry, time, findings, std::forward<Describe>(describe), make_finding);
    }

    static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase) {
        const Subject& subject = entry.key;
        Finding finding = begin_finding(subject.kind, phase, entry,
                                        {subject.client, entry.extra.mac, subject.server});
        finding.name = entry.extra.name;
        finding.reason = entry.extra.reason;
        const std::string client = subject.client.to_text();
        const bool by_name = subject.server.is_unspecified();
        const std::string other = by_name ? entry.extra.name : subject.server.to_text();
        finding.subject = client + " " + other;
        finding.filter = by_name ? fmt::format("client:{} name:{}.", client, other)
                                 : fmt::format("client:{} server:{}", client, other);
        finding.packets.assign(entry.extra.packets.begin(),
                               entry.extra.packets.begin() + entry.extra.packet_count);
        return finding;
    }

    ResolverPolicySettings settings_;
    const PolicyHolder* holder_;
    Episodes subjects_;
};

}  // namespace

std::unique_ptr<Detector> make_resolver_policy_detector(const ResolverPolicySettings& settings,
                                                        const PolicyHolder* policy) {
    return std::make_unique<ResolverPolicyDetector>(settings, policy);
}

}  // namespace vedette::detect
