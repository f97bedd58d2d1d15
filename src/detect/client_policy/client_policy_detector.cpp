#include "detect/client_policy/client_policy_detector.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "detect/episodes.hpp"
#include "model/vendor/vendor.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kReasonBytes = 384;

struct Subject {
    FindingKind kind{};
    MacAddress mac;
    friend bool operator==(const Subject&, const Subject&) = default;
};
struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept {
        return mix64(subject.mac.to_u64() ^ static_cast<std::uint64_t>(subject.kind) << 56U);
    }
};
struct Told {
    std::string reason;
    IpAddress client;
    IpAddress server;
    std::uint64_t packet = 0;
};

/// What the machine did, whichever event told it.
struct Deed {
    Timestamp time;
    MacAddress mac;
    std::uint16_t marks = 0;
    std::uint64_t packet = 0;
    IpAddress client;
    IpAddress server;
    std::string_view what;
};

class ClientPolicyDetector final : public Detector {
  public:
    ClientPolicyDetector(const ClientPolicySettings& settings, const PolicyHolder* policy)
        : settings_(settings), holder_(policy), subjects_(settings.max_subjects, {}) {}

    std::string_view name() const noexcept override { return "client-policy"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DhcpMessage& event : batch.dhcp) {
            const bool leased = !event.your_ip.is_unspecified();
            judge({event.time, event.client_mac, event.marks, event.packet,
                   leased ? event.your_ip : event.client_ip, event.server_ip,
                   leased ? "was given an address" : "asked for an address"},
                  findings);
        }
        for (const DnsTransaction& event : batch.dns) {
            judge({event.time(), event.client_mac, event.marks, event.query_packet, event.client,
                   event.server, "asked a resolver"},
                  findings);
        }
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

    void judge(const Deed& deed, std::vector<Finding>& findings) {
        const bool banned = (deed.marks & DnsMarks::kClientBanned) != 0;
        if (!banned && (deed.marks & DnsMarks::kClientUnlisted) == 0) return;
        Episodes::Entry& entry = subjects_.touch(
            {banned ? FindingKind::ClientBanned : FindingKind::ClientUnauthorized, deed.mac},
            deed.time);
        if (!deed.client.is_unspecified()) entry.extra.client = deed.client;
        if (!deed.server.is_unspecified()) entry.extra.server = deed.server;
        if (entry.extra.packet == 0) entry.extra.packet = deed.packet;
        FindingPhase phase{};
        if (!subjects_.due(entry, deed.time, phase)) return;
        entry.extra.reason = reason(deed, banned);
        findings.push_back(make_finding(entry, phase));
        entry.unspoken = 0;
    }

    std::string reason(const Deed& deed, bool banned) const {
        const std::string_view vendor = vendor_name(deed.mac);
        const std::string who =
            fmt::format("{}{}{}{}", deed.mac.to_text(), vendor.empty() ? "" : " (", vendor,
                        vendor.empty() ? "" : ")");
        if (!banned) return fmt::format("{} {}; it is not on the allow list.", who, deed.what);
        const std::shared_ptr<const Policy> policy =
            holder_ != nullptr ? holder_->get() : std::make_shared<const Policy>();
        const PolicyEntry* const entry = policy->client(deed.mac);
        if (entry == nullptr) return fmt::format("{} {}; it is banned.", who, deed.what);
        return fmt::format("{} {}; it is banned (entry {}{}{}).", who, deed.what,
                           entry->subject.text, entry->reason.empty() ? "" : ": ", entry->reason);
    }

    static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase) {
        Finding finding = begin_finding(entry.key.kind, phase, entry,
                                        {entry.extra.client, entry.key.mac, entry.extra.server});
        finding.subject = entry.key.mac.to_text();
        finding.reason = entry.extra.reason;
        finding.filter = "client:" + finding.subject;
        if (entry.extra.packet != 0) finding.packets = {entry.extra.packet};
        return finding;
    }

    ClientPolicySettings settings_;
    const PolicyHolder* holder_;
    Episodes subjects_;
};

}  // namespace

std::unique_ptr<Detector> make_client_policy_detector(const ClientPolicySettings& settings,
                                                      const PolicyHolder* policy) {
    return std::make_unique<ClientPolicyDetector>(settings, policy);
}

}  // namespace vedette::detect
