#include "detect/header/header_detector.hpp"

#include <fmt/format.h>

#include "detect/episodes.hpp"
#include "wire/dns/query_check.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::detect {
namespace {

using wire::dns::QueryCheck;
using wire::dns::QueryChecks;
using wire::dns::ServerReaction;

struct Subject {
    IpAddress client;
    QueryCheck check{};
    friend bool operator==(const Subject&, const Subject&) = default;
};

struct SubjectHash {
    std::size_t operator()(const Subject& subject) const noexcept {
        return IpHash{}(subject.client) ^ mix64(static_cast<std::uint64_t>(subject.check) + 1);
    }
};

struct Evidence {
    MacAddress mac;
    IpAddress server;
    std::vector<std::uint64_t> packets;  // the first few of the episode
};
constexpr std::size_t kEvidencePackets = 8;

// Spares nearly every query the second walk: decoding found nothing wrong, the flags are a
// client's, and the counts are one question and at most one additional record, the OPT.
bool is_ordinary(const DnsTransaction& event, ByteView message) noexcept {
    constexpr std::uint16_t kClientFlags =
        wire::dns::kFlagRd | wire::dns::kFlagAd | wire::dns::kFlagCd;
    if (event.query_damage || (event.query_flags & ~kClientFlags) != 0 ||
        (event.marks & DnsMarks::kMultiQuestion) != 0) {
        return false;
    }
    wire::Reader header(message);
    header.skip(4);
    const std::uint64_t counts = header.u64();  // QD, AN, NS, AR
    const bool edns = (event.marks & DnsMarks::kQueryEdns) != 0;
    return counts == (1ULL << 48U | (edns ? 1U : 0U));
}

class HeaderDetector final : public Detector {
  public:
    explicit HeaderDetector(const HeaderSettings& settings)
        : settings_(settings), subjects_(settings.max_subjects, {}) {}

    std::string_view name() const noexcept override { return "header"; }

    void observe(const EventBatch& batch, std::vector<Finding>& findings) override {
        for (const DnsTransaction& event : batch.dns) {
            // A message that the capture cut short proves nothing.
            if (event.protocol != DnsProtocol::Dns || !event.has_query() ||
                event.query_message.length < event.query_bytes) {
                continue;
            }
            const ByteView bytes = batch.bytes.view(event.query_message);
            if (is_ordinary(event, bytes)) continue;
            const auto message = wire::dns::MessageView::inspect(bytes);
            const QueryChecks failed = wire::dns::check_query(message);
            if (!failed.empty()) judge(event, failed, findings);
        }
        advance(batch.watermark, findings);
    }

    void advance(Timestamp now, std::vector<Finding>& findings) override {
        subjects_.advance(now, [&](Episodes::Entry& entry) {
            findings.push_back(make_finding(entry, FindingPhase::Ended));
        });
    }

    std::size_t memory_bytes() const noexcept override {
        return subjects_.memory_bytes() +
               settings_.max_subjects * kEvidencePackets * sizeof(std::uint64_t);
    }

  private:
    using Episodes = EpisodeTable<Subject, Evidence, SubjectHash>;

    [[nodiscard]] bool wanted(QueryCheck check) const noexcept {
        const auto& row = info(check);
        if (settings_.preset == Preset::Strict) return true;
        const Severity least =
            settings_.preset == Preset::Quiet ? Severity::High : Severity::Medium;
        return row.severity >= least && row.reaction != ServerReaction::Answers;
    }

    void judge(const DnsTransaction& event, const QueryChecks& failed,
               std::vector<Finding>& findings) {
        const QueryCheck check = failed.worst();
        if (!wanted(check)) return;
        Episodes::Entry& entry =
            subjects_.touch({.client = event.client, .check = check}, event.query_time);
        entry.extra.server = event.server;
        if (event.mac_source != MacSource::Unknown) entry.extra.mac = event.client_mac;
        if (entry.extra.packets.size() < kEvidencePackets) {
            entry.extra.packets.push_back(event.query_packet);
        }
        if (info(check).severity < Severity::High && entry.count < settings_.repeated) return;
        FindingPhase phase{};
        if (subjects_.due(entry, event.query_time, phase)) {
            findings.push_back(make_finding(entry, phase));
            entry.unspoken = 0;
        }
    }

    static Finding make_finding(const Episodes::Entry& entry, FindingPhase phase) {
        const auto& row = info(entry.key.check);
        const bool odd = row.severity < Severity::Medium;
        Finding finding =
            begin_finding(odd ? FindingKind::HeaderOdd : FindingKind::HeaderInvalid, phase, entry,
                          {entry.key.client, entry.extra.mac, entry.extra.server});
        finding.severity = row.severity;
        finding.subject = fmt::format("{} {}", entry.key.client.to_text(), row.id);
        finding.reason = fmt::format("{} {} of {}'s queries to {}; {}.", row.sentence, entry.count,
                                     entry.key.client.to_text(), entry.extra.server.to_text(),
                                     reaction_text(row.reaction));
        finding.filter = fmt::format("client:{} is:dns", entry.key.client.to_text());
        finding.packets = entry.extra.packets;
        return finding;
    }

    static std::string_view reaction_text(ServerReaction reaction) noexcept {
        switch (reaction) {
            case ServerReaction::Refuses:
                return "servers refuse such a query";
            case ServerReaction::Differs:
                return "some servers answer such a query";
            case ServerReaction::Answers:
                return "servers answer such a query";
        }
        return {};
    }

    HeaderSettings settings_;
    Episodes subjects_;
};

}  // namespace

std::unique_ptr<Detector> make_header_detector(const HeaderSettings& settings) {
    return std::make_unique<HeaderDetector>(settings);
}

}  // namespace vedette::detect
