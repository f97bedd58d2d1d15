// Turns repeated observations of a subject into few findings: one when it starts, one each
// `repeat` while it goes on, one when it has been quiet for `quiet`. In a full bucket the subject
// longest untouched is forgotten. Deterministic; one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "detect/bounded_table.hpp"
#include "model/finding.hpp"

namespace vedette::detect {

struct EpisodeTiming {
    Duration repeat = Duration::seconds(60);
    Duration quiet = Duration::seconds(600);
};

/// One subject under observation. `Extra` is the detector's own, reset when an episode starts.
template <typename Key, typename Extra>
struct Episode {
    Key key{};
    Timestamp first;  ///< kNever when the place is free
    Timestamp last;
    Timestamp spoken;            ///< kNever until the first finding
    std::uint64_t count = 0;     ///< in the whole episode
    std::uint64_t unspoken = 0;  ///< since the last finding
    Extra extra{};

    [[nodiscard]] bool used() const noexcept { return first.known(); }
    [[nodiscard]] std::uint64_t weight() const noexcept {
        return used() ? static_cast<std::uint64_t>(std::max<std::int64_t>(last.nanos, 1)) : 0;
    }
};

/// Whom a finding is about, as far as that is known.
struct FindingEnds {
    IpAddress client;
    MacAddress client_mac;
    IpAddress server;
};

/// What every finding has of the episode it tells of (an Episode, or what has its times and count);
/// the detector adds its words. The severity is the kind's.
template <typename Entry>
[[nodiscard]] Finding begin_finding(FindingKind kind, FindingPhase phase, const Entry& entry,
                                    const FindingEnds& ends) {
    Finding finding;
    finding.kind = kind;
    finding.phase = phase;
    finding.severity = info(kind).severity;
    finding.first = entry.first;
    finding.last = entry.last;
    finding.count = entry.unspoken;
    finding.client = ends.client;
    finding.client_mac = ends.client_mac;
    finding.server = ends.server;
    return finding;
}

template <typename Key, typename Extra, typename Hash>
class EpisodeTable {
  public:
    using Entry = Episode<Key, Extra>;

    EpisodeTable(std::size_t capacity, EpisodeTiming timing) : timing_(timing), table_(capacity) {}

    /// The entry of `key`, started or continued at `time`. The reference lives until the next call.
    Entry& touch(const Key& key, Timestamp time) {
        Entry& entry = table_.at(key);
        if (!entry.used() || time - entry.last > timing_.quiet) {
            entry = Entry{};
            entry.key = key;
            entry.first = entry.last = time;
        }
        entry.last = std::max(entry.last, time);
        ++entry.count;
        ++entry.unspoken;
        return entry;
    }

    /// Whether a finding is due, and in which phase; marks it as spoken.
    [[nodiscard]] bool due(Entry& entry, Timestamp time, FindingPhase& phase) const noexcept {
        if (entry.spoken.known() && time - entry.spoken < timing_.repeat) return false;
        phase = entry.spoken.known() ? FindingPhase::Continues : FindingPhase::Started;
        entry.spoken = time;
        return true;
    }

    /// When a finding of `entry` is due: `describe(extra)` brings its words up to date, and
    /// `make(entry, phase)` is appended.
    template <typename Describe, typename Make>
    void speak(Entry& entry, Timestamp time, std::vector<Finding>& findings, Describe&& describe,
               Make&& make) {
        FindingPhase phase{};
        if (!due(entry, time, phase)) return;
        describe(entry.extra);
        findings.push_back(make(entry, phase));
        entry.unspoken = 0;
    }

    /// Calls `ended(entry)` for every told episode that is over at `now` and forgets it. Sweeps at
    /// most once each `repeat`.
    template <typename Ended>
    void advance(Timestamp now, Ended&& ended) {
        if (!now.known() || (swept_.known() && now - swept_ < timing_.repeat)) return;
        swept_ = now;
        table_.for_each_used([&](Entry& entry) {
            if (now - entry.last <= timing_.quiet) return;
            if (entry.spoken.known()) ended(entry);
            entry = Entry{};
        });
    }

    [[nodiscard]] std::size_t memory_bytes() const noexcept { return table_.memory_bytes(); }

  private:
    EpisodeTiming timing_;
    BoundedTable<Key, Entry, Hash> table_;
    Timestamp swept_;
};

}  // namespace vedette::detect
