#include "detect/answer/consensus.hpp"

#include <fmt/format.h>

#include <array>

#include "detect/answer/answer_content.hpp"
#include "render/name_text.hpp"
#include "wire/dns/name.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kReasonBytes = 512;
/// Names are asked again about once an hour, so that what goes on is not told as over.
constexpr EpisodeTiming kTiming{.repeat = Duration::seconds(600),
                                .quiet = Duration::seconds(3 * 3'600)};

/// The resolvers that agree with each other.
struct Majority {
    std::uint32_t size = 0;
    std::uint32_t usable = 0;  ///< resolvers that said anything
    std::string names;
    AnswerContent says;  ///< the answer of the first of them
};

/// The largest group around one answer. Nobody when one of them says what was seen.
Majority find_majority(const SecondOpinion& opinion, const ByteArena& bytes,
                       const AnswerContent& seen, const OriginTable* origins) {
    std::array<AnswerContent, SecondOpinion::kMostResolvers> said;
    Majority best;
    for (std::size_t i = 0; i < opinion.count; ++i) {
        said[i] = read_answer(bytes.view(opinion.answers[i]), opinion.qtype);
        if (agrees(seen, said[i], origins)) return {};
        best.usable += said[i].outcome != AnswerOutcome::Unusable ? 1 : 0;
    }
    for (std::size_t i = 0; i < opinion.count; ++i) {
        std::uint32_t size = 0;
        std::string names;
        for (std::size_t j = 0; j < opinion.count; ++j) {
            if (!agrees(said[i], said[j], origins)) continue;
            names += (size++ == 0 ? "" : ", ") + opinion.resolvers[j].to_text();
        }
        if (size <= best.size) continue;
        best.size = size;
        best.names = std::move(names);
        best.says = said[i];
    }
    return best;
}

}  // namespace

Consensus::Consensus(const ConsensusSettings& settings, const OriginTable* origins)
    : settings_(settings), origins_(origins), subjects_(settings.max_subjects, kTiming) {}

void Consensus::observe(const EventBatch& batch, std::vector<Finding>& findings) {
    for (const SecondOpinion& opinion : batch.opinions)
        judge(opinion, batch.bytes, findings);
}

void Consensus::advance(Timestamp now, std::vector<Finding>& findings) {
    subjects_.advance(now, [&](Episodes::Entry& entry) {
        findings.push_back(make_finding(entry, FindingPhase::Ended));
    });
}

std::size_t Consensus::memory_bytes() const noexcept {
    return subjects_.memory_bytes() + settings_.max_subjects * kReasonBytes;
}

void Consensus::judge(const SecondOpinion& opinion, const ByteArena& bytes,
                      std::vector<Finding>& findings) {
    const AnswerContent seen = read_answer(bytes.view(opinion.seen), opinion.qtype);
    if (seen.outcome == AnswerOutcome::Unusable) return;
    const Majority majority = find_majority(opinion, bytes, seen, origins_);
    if (majority.size < settings_.agreeing) return;
    const ByteView qname = bytes.view(opinion.qname);
    Episodes::Entry& entry =
        subjects_.touch({opinion.server, wire::dns::hash_name(qname)}, opinion.time);
    entry.extra.client = opinion.client;
    entry.extra.mac = opinion.client_mac;
    entry.extra.packet = opinion.packet;
    entry.extra.blocked = seen.is_blocked();
    if (entry.count < settings_.times) return;
    subjects_.speak(
        entry, opinion.time, findings,
        [&](Told& told) {
            told.name = render::name_text(qname);
            told.reason = fmt::format(
                "{} answered {} {} with {}; of {} other resolvers {} agree on {} ({}; limit {}) "
                "and none says what it said.",
                opinion.server.to_text(), told.name, opinion.qtype == kTypeA ? "A" : "AAAA",
                seen.to_text(), majority.usable, majority.size, majority.says.to_text(),
                majority.names, settings_.agreeing);
        },
        make_finding);
}

Finding Consensus::make_finding(const Episodes::Entry& entry, FindingPhase phase) {
    const Told& told = entry.extra;
    Finding finding = begin_finding(FindingKind::AnswerDiffers, phase, entry,
                                    {told.client, told.mac, entry.key.server});
    // Who filters says so in its own way; a forged address is another matter.
    if (told.blocked) finding.severity = Severity::Low;
    const std::string server = entry.key.server.to_text();
    finding.name = told.name;
    finding.reason = told.reason;
    finding.subject = server + " " + told.name;
    finding.filter = fmt::format("name:{} server:{}", told.name, server);
    if (told.packet != 0) finding.packets.push_back(told.packet);
    return finding;
}

}  // namespace vedette::detect
