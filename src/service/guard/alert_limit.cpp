#include "service/guard/alert_limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/units.hpp"
#include "model/address.hpp"

namespace vedette::service {
namespace {

constexpr Duration kQuiet = Duration::seconds(600);

std::uint64_t key_of(const Finding& finding) noexcept {
    return mix64(std::hash<std::string_view>{}(finding.subject) ^
                 static_cast<std::uint64_t>(finding.kind) << 56U);
}

}  // namespace

AlertLimit::AlertLimit(AlertLimits limits) : limits_(limits), known_(limits.max_known) {}

void AlertLimit::admit(Finding&& finding, std::vector<Finding>& out) {
    if (limits_.subjects == 0) {
        out.push_back(std::move(finding));
        return;
    }
    Kind& kind = kinds_[static_cast<std::size_t>(finding.kind)];
    const bool ended = finding.phase == FindingPhase::Ended;
    Known& known = known_.at(key_of(finding));
    if (known.used()) {
        known.last = std::max(known.last, finding.last);
        out.push_back(std::move(finding));
        return;
    }
    if (ended) return;  // its beginning was folded
    if (!kind.window.known() || finding.last - kind.window > limits_.window) {
        kind.window = finding.last;
        kind.admitted = 0;
    }
    if (kind.admitted >= limits_.subjects) return fold(std::move(finding), kind, out);
    ++kind.admitted;
    known.last = finding.last;
    out.push_back(std::move(finding));
}

void AlertLimit::fold(Finding&& finding, Kind& kind, std::vector<Finding>& out) {
    if (finding.phase == FindingPhase::Started) {
        ++folded_;
        ++kind.subjects;
    }
    if (!kind.first.known()) kind.first = finding.first;
    kind.last = std::max(kind.last, finding.last);
    kind.unspoken += finding.count;
    kind.severity = std::max(kind.severity, finding.severity);
    kind.reason = std::move(finding.reason);
    if (kind.spoken.known() && kind.last - kind.spoken < limits_.repeat) return;
    const FindingPhase phase =
        kind.spoken.known() ? FindingPhase::Continues : FindingPhase::Started;
    out.push_back(summary(finding.kind, kind, phase));
}

Finding AlertLimit::summary(FindingKind kind, Kind& state, FindingPhase phase) const {
    Finding finding;
    finding.kind = kind;
    finding.phase = phase;
    finding.severity = state.severity;
    finding.first = state.first;
    finding.last = state.last;
    finding.count = std::exchange(state.unspoken, 0);
    finding.subject = kFurtherSubjects;
    finding.reason = fmt::format(
        "{} further subjects, more than {} of this kind within {}, get no alerts of their own; the "
        "last: {}",
        state.subjects, limits_.subjects, duration_text(limits_.window), state.reason);
    state.spoken = state.last;
    return finding;
}

void AlertLimit::advance(Timestamp now, std::vector<Finding>& out) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        Kind& kind = kinds_[i];
        if (!kind.spoken.known()) continue;
        const auto which = static_cast<FindingKind>(i);
        if (now - kind.last > kQuiet) {
            out.push_back(summary(which, kind, FindingPhase::Ended));
            const Timestamp window = kind.window;
            const std::uint32_t admitted = kind.admitted;
            kind = Kind{};
            kind.window = window;
            kind.admitted = admitted;
        } else if (kind.unspoken != 0 && now - kind.spoken >= limits_.repeat) {
            out.push_back(summary(which, kind, FindingPhase::Continues));
        }
    }
}

}  // namespace vedette::service
