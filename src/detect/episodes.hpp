// Turns repeated observations of a subject into few findings: one when it starts, one each
// `repeat` while it goes on, one when it has been quiet for `quiet`. Constant memory: a table of
// fixed size, eight places a bucket, the longest untouched of a bucket is forgotten first. Every
// detector keeps its subjects in one of these. Deterministic; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "base/time.hpp"
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
    Timestamp first;  ///< kNever when the place is empty
    Timestamp last;
    Timestamp spoken;
    std::uint64_t count = 0;     ///< in the whole episode
    std::uint64_t unspoken = 0;  ///< since the last finding
    Extra extra{};

    [[nodiscard]] bool used() const noexcept { return first.known(); }
};

template <typename Key, typename Extra, typename Hash>
class EpisodeTable {
  public:
    using Entry = Episode<Key, Extra>;
    static constexpr std::size_t kWays = 8;

    /// `capacity` subjects, rounded up to a power of two of buckets.
    EpisodeTable(std::size_t capacity, EpisodeTiming timing)
        : timing_(timing), buckets_(std::bit_ceil(std::max<std::size_t>(capacity / kWays, 1))) {}

    /// The entry of `key`, started or continued at `time`. The reference lives until the next call.
    Entry& touch(const Key& key, Timestamp time) {
        Entry& entry = place(key);
        const bool other = !entry.used() || !(entry.key == key);
        if (other || time - entry.last > timing_.quiet) {
            entry = Entry{};
            entry.key = key;
            entry.first = time;
        }
        entry.last = entry.used() && entry.last.known() ? std::max(entry.last, time) : time;
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

    /// Calls `ended(entry)` for every told episode that is over at `now` and forgets it.
    template <typename Ended>
    void advance(Timestamp now, Ended&& ended) {
        if (swept_.known() && now - swept_ < timing_.repeat) return;
        swept_ = now;
        for (Bucket& bucket : buckets_) {
            for (Entry& entry : bucket) {
                if (!entry.used() || now - entry.last <= timing_.quiet) continue;
                if (entry.spoken.known()) ended(entry);
                entry = Entry{};
            }
        }
    }

    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return buckets_.size() * sizeof(Bucket);
    }
    /// Subjects forgotten because their bucket was full.
    [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

  private:
    using Bucket = std::array<Entry, kWays>;

    // advance() leaves holes, so the whole bucket is looked through before a place is taken.
    Entry& place(const Key& key) {
        Bucket& bucket = buckets_[Hash{}(key) & (buckets_.size() - 1)];
        Entry* best = &bucket[0];
        for (Entry& entry : bucket) {
            if (entry.used() && entry.key == key) return entry;
            if (best->used() && (!entry.used() || entry.last < best->last)) best = &entry;
        }
        if (best->used()) ++evictions_;
        *best = Entry{};
        return *best;
    }

    EpisodeTiming timing_;
    std::vector<Bucket> buckets_;
    Timestamp swept_;
    std::uint64_t evictions_ = 0;
};

}  // namespace vedette::detect
