#include "notify/grouping/grouping.hpp"

#include <algorithm>

#include "base/glob.hpp"

namespace vedette::notify {
namespace {

constexpr Duration kHour = Duration::seconds(3'600);
constexpr Duration kFirstPause = Duration::seconds(5);
constexpr Duration kFirstPauseRefused = Duration::seconds(300);
constexpr Duration kLongestPause = Duration::seconds(600);
constexpr double kJitter = 0.2;

bool concerns(const GroupSettings& settings, const Alert& alert) {
    if (alert.severity < settings.least) return false;
    const std::string_view kind = info(alert.kind).id;
    return settings.kinds.empty() ||
           std::ranges::any_of(settings.kinds, [&](const std::string& pattern) {
               return matches_glob(pattern, kind);
           });
}

}  // namespace

News merged(News older, News newer) noexcept {
    if (newer == News::Ended || older == News::Ended) return newer;
    return std::min(older, newer);
}

std::optional<News> news_of(const GroupSettings& settings, const Alert& alert, AlertChange change,
                            const std::optional<Told>& told, std::optional<News> waiting,
                            Timestamp now) {
    const bool open_there = told && !told->ended;
    // Who was told of its beginning is told of its end, even when it has been muted since.
    if (alert.state == AlertState::Ended || change == AlertChange::Ended) {
        if (!waiting && !open_there) return std::nullopt;
        if (!settings.ended && !waiting) return std::nullopt;
        return News::Ended;
    }
    if (change == AlertChange::Muted || alert.muted || !concerns(settings, alert))
        return std::nullopt;
    if (alert.state == AlertState::Acknowledged) return std::nullopt;
    if (waiting) return merged(*waiting, open_there ? News::Continues : News::Started);
    if (!open_there) return News::Started;
    if (alert.severity > told->severity) return News::Worsened;
    if (now - told->at >= settings.repeat) return News::Continues;
    return std::nullopt;
}

Timestamp due(const GroupSettings& settings, const GroupState& state) {
    if (!state.oldest_waiting.known()) return kNever;
    Timestamp when = state.oldest_waiting + settings.wait;
    if (!state.sent.empty()) when = std::max(when, state.sent.back() + settings.interval);
    const auto limit = static_cast<std::size_t>(settings.hourly_limit);
    if (limit > 0 && state.sent.size() >= limit)
        when = std::max(when, state.sent[state.sent.size() - limit] + kHour);
    return std::max(when, state.retry_at);
}

Duration pause(unsigned failures, bool refused, Duration asked, double chance) {
    std::int64_t nanos = (refused ? kFirstPauseRefused : kFirstPause).nanos;
    for (unsigned i = 1; i < failures && nanos < kLongestPause.nanos; ++i)
        nanos *= 2;
    nanos = std::min(nanos, kLongestPause.nanos);
    nanos = std::max(nanos, std::min(asked, kHour).nanos);
    return {nanos + static_cast<std::int64_t>(static_cast<double>(nanos) * kJitter * chance)};
}

}  // namespace vedette::notify
