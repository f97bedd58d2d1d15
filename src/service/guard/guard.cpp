#include "service/guard/guard.hpp"

#include <utility>

#include "service/guard/evidence_ring.hpp"
#include "service/guard/opinions/opinion_asker.hpp"
#include "service/guard/policy_watch.hpp"

namespace vedette::service {
namespace {

/// The alert that `finding` would be, for observers when the book is full or locked.
Alert unrecorded(const Finding& finding) {
    Alert alert;
    alert.kind = finding.kind;
    alert.state = finding.phase == FindingPhase::Ended ? AlertState::Ended : AlertState::Open;
    alert.severity = finding.severity;
    alert.first = finding.first;
    alert.last = finding.last;
    alert.count = finding.count;
    alert.subject = finding.subject;
    alert.reason = finding.reason;
    alert.filter = finding.filter;
    if (!finding.client.is_unspecified()) alert.client = finding.client.to_text();
    if (!finding.client_mac.is_zero()) alert.client_mac = finding.client_mac.to_text();
    if (!finding.server.is_unspecified()) alert.server = finding.server.to_text();
    alert.name = finding.name;
    alert.packets = finding.packets;
    return alert;
}

constexpr AlertChange change_of(FindingPhase phase) noexcept {
    switch (phase) {
        case FindingPhase::Started:
            return AlertChange::New;
        case FindingPhase::Continues:
            return AlertChange::Continued;
        case FindingPhase::Ended:
            return AlertChange::Ended;
    }
    return AlertChange::New;
}

}  // namespace

Guard::Guard(GuardOptions options, store::AlertBook book)
    : options_(std::move(options)),
      book_(std::move(book)),
      limit_(options_.limits),
      detectors_(options_.inputs, [this](const Finding& finding) {
          limit_.admit(Finding(finding), admitted_);
          return Result<void>{};
      }) {}

Result<void> Guard::consume(const EventBatch& batch) {
    VEDETTE_TRY(detectors_.consume(batch));
    if (options_.opinions != nullptr) options_.opinions->offer(batch);
    VEDETTE_TRY(hear_opinions());
    if (batch.watermark.known()) limit_.advance(batch.watermark, admitted_);
    tell_all();
    return {};
}

Result<void> Guard::idle() {
    if (options_.clock == nullptr) return {};
    const Timestamp now = options_.clock->now();
    if (options_.policy != nullptr) options_.policy->poll();
    VEDETTE_TRY(hear_opinions());
    VEDETTE_TRY(detectors_.advance(now));
    limit_.advance(now, admitted_);
    tell_all();
    for (AlertObserver* const observer : observers_)
        observer->on_time(now);
    return {};
}

Result<void> Guard::flush() {
    if (options_.policy != nullptr) options_.policy->flush();
    if (options_.clock == nullptr) return {};
    for (AlertObserver* const observer : observers_)
        observer->on_time(options_.clock->now());
    return {};
}

/// What other resolvers said since the last look goes through the detectors like any event.
Result<void> Guard::hear_opinions() {
    if (options_.opinions == nullptr || !options_.opinions->take(heard_)) return {};
    auto heard = detectors_.consume(heard_);
    heard_.clear();
    return heard;
}

void Guard::tell_all() {
    counts_.folded = limit_.folded();
    for (const Finding& finding : admitted_)
        tell(finding);
    admitted_.clear();
}

void Guard::tell(const Finding& finding) {
    auto recorded = record(finding);
    if (!recorded) {
        ++counts_.not_recorded;
        if (!complaint_) complaint_ = std::move(recorded).error();
        recorded = std::pair{unrecorded(finding), change_of(finding.phase)};
    }
    const auto& [alert, change] = *recorded;
    count(finding, change);
    for (AlertObserver* const observer : observers_)
        observer->on_alert(alert, change);
}

Result<std::pair<Alert, AlertChange>> Guard::record(const Finding& finding) {
    const auto outcome = book_.record(finding);
    if (!outcome) return std::unexpected(outcome.error());
    const auto [id, change] = *outcome;
    if (options_.evidence != nullptr && finding.phase == FindingPhase::Started) {
        const auto packets = options_.evidence->slice(finding);
        if (!packets.empty()) VEDETTE_TRY(book_.keep_evidence(id, packets));
    }
    auto alert = book_.get(id);
    if (!alert) return std::unexpected(std::move(alert).error());
    return std::pair{std::move(*alert), change};
}

void Guard::count(const Finding& finding, AlertChange change) {
    switch (change) {
        case AlertChange::New:
        case AlertChange::Returned:
            ++counts_.raised;
            ++counts_.by_kind[static_cast<std::size_t>(finding.kind)];
            return;
        case AlertChange::Continued:
            ++counts_.continued;
            return;
        case AlertChange::Ended:
            ++counts_.ended;
            return;
        case AlertChange::Muted:
            ++counts_.muted;
            return;
    }
}

std::size_t Guard::memory_bytes() const noexcept {
    return detectors_.memory_bytes() + limit_.memory_bytes();
}

}  // namespace vedette::service
