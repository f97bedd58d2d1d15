// The memory of every detector: a hash table of fixed size whose buckets have eight places. When a
// bucket is full, the entry of the least weight gives way, so that neither a million random names
// nor a million forged sources make it grow, and what matters stays. Deterministic; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vedette::detect {

/// An Entry is default-constructed as free and has a member `key`, bool used() const, and
/// std::uint64_t weight() const, which is 0 when it is free.
template <typename Key, typename Entry, typename Hash>
class BoundedTable {
  public:
    static constexpr std::size_t kWays = 8;

    /// `capacity` entries, rounded up to a power of two of buckets.
    explicit BoundedTable(std::size_t capacity)
        : buckets_(std::bit_ceil(std::max<std::size_t>(capacity / kWays, 1))) {}

    /// The entry of `key`; a free one with its key set when it was not there (used() is false).
    /// The reference lives until the next call.
    Entry& at(const Key& key) {
        Bucket& bucket = buckets_[Hash{}(key) & (buckets_.size() - 1)];
        Entry* least = &bucket[0];
        for (Entry& entry : bucket) {
            if (entry.used() && entry.key == key) return entry;
            if (entry.weight() < least->weight()) least = &entry;
        }
        if (least->used()) ++evictions_;
        *least = Entry{};
        least->key = key;
        return *least;
    }

    /// The entry of `key`, or null. Nobody gives way.
    [[nodiscard]] const Entry* find(const Key& key) const noexcept {
        for (const Entry& entry : buckets_[Hash{}(key) & (buckets_.size() - 1)]) {
            if (entry.used() && entry.key == key) return &entry;
        }
        return nullptr;
    }

    template <typename Visit>
    void for_each_used(Visit&& visit) {
        for (Bucket& bucket : buckets_) {
            for (Entry& entry : bucket) {
                if (entry.used()) visit(entry);
            }
        }
    }

    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return buckets_.size() * sizeof(Bucket);
    }
    /// Entries that gave way to others.
    [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

  private:
    using Bucket = std::array<Entry, kWays>;
    std::vector<Bucket> buckets_;
    std::uint64_t evictions_ = 0;
};

}  // namespace vedette::detect
