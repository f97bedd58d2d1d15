#include "service/notifier/courier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.hpp"
#include "notify/digest_json.hpp"

namespace vedette::service {
namespace {

using notify::Digest;
using notify::News;
using notify::Notice;
using notify::Outcome;
using store::Outbox;

static_assert(static_cast<std::uint8_t>(News::Ended) == store::kOutboxEnded);

// Other processes put into the same file; looking costs two small queries.
constexpr Duration kLook = Duration::seconds(1);
constexpr std::size_t kMostAlerts = 1'000;  // of one message

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

}  // namespace

Courier::Courier(const Target& target, Terms terms, Outbox outbox)
    : target_(&target),
      terms_(std::move(terms)),
      outbox_(std::move(outbox)),
      random_(terms_.seed) {}

Result<Courier> Courier::make(const Target& target, Terms terms) {
    auto outbox = Outbox::open(terms.outbox);
    if (!outbox) return std::unexpected(std::move(outbox.error()));
    return Courier(target, std::move(terms), std::move(*outbox));
}

void Courier::say(std::string text) const {
    if (terms_.say) terms_.say(fmt::format("notify {}: {}", target_->name, text));
}

std::string Courier::new_id(Timestamp now) {
    return fmt::format("{:x}.{:08x}", now.nanos, random_());
}

Timestamp Courier::due(const store::OutboxState& state, Timestamp now) const {
    if (state.waiting == 0) return kNever;
    if (state.asked) return now;
    // What was begun must be finished first; it does not wait for others any more.
    if (state.unfinished) return std::max(state.retry_at, state.oldest);
    return notify::due(target_->group, {state.oldest, state.sent, state.retry_at});
}

Result<Timestamp> Courier::step(Timestamp now, Hurry hurry) {
    now_ = now;
    if (!lock_) {
        auto lock = sys::FileLock::acquire(Outbox::lock_path(terms_.outbox, target_->name));
        if (!lock && lock.error().kind == ErrorKind::Busy) return now + kLook;
        if (!lock) return std::unexpected(std::move(lock.error()));
        lock_.emplace(std::move(*lock));
    }
    const auto expired = outbox_.expire(target_->name, now - target_->keep, now);
    if (!expired) return std::unexpected(expired.error());
    if (*expired > 0)
        say(fmt::format("dropped {}: not delivered within {}", counted(*expired, "alert"),
                        duration_text(target_->keep)));
    const auto state = outbox_.state(target_->name, now);
    if (!state) return std::unexpected(state.error());
    const Timestamp when = hurry == Hurry::Yes && state->waiting > 0 ? now : due(*state, now);
    if (!when.known() || when > now)
        return when.known() ? std::min(when, now + kLook) : now + kLook;

    const std::string id = new_id(now);
    const auto message = outbox_.begin(target_->name, id, now, kMostAlerts);
    if (!message) return std::unexpected(message.error());
    auto digest = make_digest(*message, message->id == id);
    if (!digest) return std::unexpected(std::move(digest.error()));
    if (digest->notices.empty()) {
        VEDETTE_TRY(outbox_.abandon(target_->name));
        return now + kLook;
    }
    VEDETTE_TRY(send(*message, *digest, state->failures));
    return now;
}

Result<Digest> Courier::make_digest(const store::OutboxMessage& message, bool is_new) {
    Digest digest;
    digest.id = message.id;
    digest.host = terms_.host;
    digest.target = target_->name;
    digest.time = message.made;
    digest.dropped = message.dropped;
    for (const store::OutboxItem& item : message.items) {
        auto alert = notify::unpack(item.payload);
        const auto news = static_cast<News>(item.news);
        const bool wanted = alert && (news == News::Ended || !is_new || !terms_.still_wanted ||
                                      terms_.still_wanted(*alert));
        if (!alert) say("an alert that another version of Vedette has left cannot be read");
        if (wanted) {
            digest.notices.push_back(Notice{std::move(*alert), news});
        } else {
            VEDETTE_TRY(outbox_.withdraw(target_->name, item.alert));
        }
    }
    return digest;
}

Result<void> Courier::send(const store::OutboxMessage& message, const Digest& digest,
                           unsigned failures) {
    notify::Attempt attempt;
    attempt.timeout = target_->timeout;
    attempt.cancelled = terms_.cancelled;
    last_ = target_->channel->send(digest, attempt);
    if (last_->verdict == Outcome::Verdict::Rejected)
        say(fmt::format("dropped {}: refused for good: {}", counted(digest.notices.size(), "alert"),
                        last_->text));
    if (!last_->delivered()) return write_failure(*last_, failures);
    VEDETTE_TRY(outbox_.delivered(target_->name, message, now_));
    if (failures > 0)
        say(fmt::format("{} delivered after {}", counted(digest.notices.size(), "alert"),
                        counted(failures, "failed attempt")));
    return {};
}

Result<void> Courier::write_failure(const Outcome& outcome, unsigned failures) {
    using Verdict = Outcome::Verdict;
    const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    const bool rejected = outcome.verdict == Verdict::Rejected;
    const bool refused = rejected || outcome.verdict == Verdict::Refused;
    const Duration pause = notify::pause(failures + 1, refused, outcome.retry_after, chance);
    const auto fate = rejected                              ? Outbox::Fate::Rejected
                      : outcome.verdict == Verdict::Unclear ? Outbox::Fate::Unknown
                                                            : Outbox::Fate::NotTaken;
    VEDETTE_TRY(outbox_.failed(target_->name, fate, outcome.text, now_ + pause, now_));
    // Once for each trouble, not for each attempt.
    if (failures == 0 && !rejected)
        say(fmt::format("not delivered, will be tried again: {}", outcome.text));
    return {};
}

}  // namespace vedette::service
