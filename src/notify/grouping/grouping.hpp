// When something is told, and what of it is news: group_wait, group_interval, repeat_interval and
// the hourly limit; and how long to leave a target alone that did not take a message. Pure: time,
// state and chance are passed in, so that every rule can be tested with scripted hours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notify/digest.hpp"

namespace vedette::notify {

struct GroupSettings {
    Duration wait;
    Duration interval;
    Duration repeat = Duration::seconds(4 * 3'600);
    std::int64_t hourly_limit = 0;  ///< messages in any hour; 0: no limit
    Severity least = Severity::Info;
    std::vector<std::string> kinds;  ///< globs of finding ids; empty: all
    bool ended = true;
};

/// What a target has been told of an alert.
struct Told {
    Timestamp at;
    Severity severity = Severity::Info;
    bool ended = false;
};

/// What a change of an alert is to a target: nothing, or news for its queue. `waiting` is what
/// already waits there about this alert; the result replaces it.
[[nodiscard]] std::optional<News> news_of(const GroupSettings& settings, const Alert& alert,
                                          AlertChange change, const std::optional<Told>& told,
                                          std::optional<News> waiting, Timestamp now);

/// What news about one alert become when both wait: the older is not lost in the newer.
[[nodiscard]] News merged(News older, News newer) noexcept;

struct GroupState {
    Timestamp oldest_waiting;     ///< kNever: nothing waits
    std::vector<Timestamp> sent;  ///< of the last hour at least, oldest first
    Timestamp retry_at;           ///< kNever: the last attempt was taken
};

/// When the next message may go; kNever when nothing waits.
[[nodiscard]] Timestamp due(const GroupSettings& settings, const GroupState& state);

/// How long to wait after the `failures`-th failure in a row (from 1): doubled each time from 5 s
/// to 10 min, from 5 min when the target refused, at least what the target asked for (at most an
/// hour), and up to a fifth more by `chance` (0..1), so that not everybody comes at once.
[[nodiscard]] Duration pause(unsigned failures, bool refused, Duration asked, double chance);

}  // namespace vedette::notify
