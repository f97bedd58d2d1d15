#include "service/guard/policy_watch.hpp"

#include <utility>

namespace vedette::service {
namespace {

constexpr Duration kLookEvery = Duration::millis(500);
/// What nobody handed out for so long is no network's any more.
constexpr Duration kBaselineHolds = Duration::seconds(30 * 86'400);

}  // namespace

PolicyWatch::PolicyWatch(Key, store::PolicyStore store, const Clock& clock)
    : store_(std::move(store)), clock_(&clock) {}

Result<std::unique_ptr<PolicyWatch>> PolicyWatch::start(store::PolicyStore store,
                                                        const Clock& clock, Baselines baselines) {
    auto watch = std::make_unique<PolicyWatch>(Key{}, std::move(store), clock);
    VEDETTE_TRY(watch->reload(clock.now()));
    watch->baselines_ = baselines;
    if (baselines == Baselines::Kept) {
        auto networks = watch->store_.baseline(clock.now() - kBaselineHolds);
        if (!networks) return std::unexpected(std::move(networks).error());
        watch->gate_.baseline().load(*networks);
    }
    return watch;
}

void PolicyWatch::mark(EventBatch& batch) {
    poll();
    gate_.mark(batch);
}

void PolicyWatch::poll() {
    const Timestamp now = clock_->now();
    const Duration passed = now - looked_;
    if (passed >= Duration{} && passed < kLookEvery) return;
    if (auto done = look(now); !done) complaint_ = std::move(done).error();
    looked_ = now;
}

void PolicyWatch::flush() {
    if (auto done = write_proposals(clock_->now()); !done) complaint_ = std::move(done).error();
    if (auto done = write_baseline(); !done) complaint_ = std::move(done).error();
}

Result<void> PolicyWatch::look(Timestamp now) {
    VEDETTE_TRY(write_proposals(now));
    VEDETTE_TRY(write_baseline());
    const auto version = store_.data_version();
    if (!version) return std::unexpected(version.error());
    const Timestamp changes = holder_.get()->changes_at();
    if (*version == version_ && !(changes.known() && now >= changes)) return {};
    return reload(now);
}

Result<void> PolicyWatch::reload(Timestamp now) {
    // The version first: what changes while the rows are read is read again.
    const auto version = store_.data_version();
    if (!version) return std::unexpected(version.error());
    auto entries = store_.entries();
    if (!entries) return std::unexpected(std::move(entries).error());
    const auto modes = store_.modes();
    if (!modes) return std::unexpected(modes.error());
    holder_.set(std::make_shared<const Policy>(std::move(*entries), *modes, now));
    version_ = *version;
    looked_ = now;
    return {};
}

Result<void> PolicyWatch::write_baseline() {
    if (baselines_ == Baselines::OfThisRun) return {};
    const auto changes = gate_.baseline().take_changes();
    return changes.empty() ? Result<void>{} : store_.keep_baseline(changes);
}

Result<void> PolicyWatch::write_proposals(Timestamp now) {
    std::vector<PolicyEntry> entries;
    for (PolicyProposal& proposal : gate_.take_proposals()) {
        PolicyEntry& entry = entries.emplace_back();
        entry.list = proposal.list;
        entry.verdict = PolicyVerdict::Proposed;
        entry.subject = std::move(proposal.subject);
        entry.reason = std::move(proposal.seen);
        entry.by = "learning";
        entry.created = now;
    }
    return entries.empty() ? Result<void>{} : store_.propose(entries);
}

}  // namespace vedette::service
