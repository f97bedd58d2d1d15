// A hash map that never grows past its capacity: when full, it forgets an entry that was not used
// for long. Made for tables that strangers can fill (hosts, cards, leases), where an ordinary map
// would be an invitation. One probe of a flat index finds an entry; entries lie in a slab, so their
// slot numbers are stable until they are forgotten. Memory grows with use, up to the capacity.
// Single thread. References are valid until the next obtain() or erase().
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace vedette::decode {

/// `Value::worth()` gives a rank (std::uint8_t): of the candidates for being forgotten the lowest
/// rank goes first, then the longest unused. `Hash` must mix all bits.
template <typename Key, typename Value, typename Hash>
class BoundedMap {
  public:
    static constexpr std::uint32_t kNoSlot = UINT32_MAX;

    explicit BoundedMap(std::uint32_t capacity) : capacity_(std::max(capacity, 1U)), index_(16) {
        VEDETTE_ASSERT(capacity < 1U << 30U);
    }

    /// The entry's slot, marked as used; kNoSlot when absent.
    [[nodiscard]] std::uint32_t find(const Key& key) noexcept {
        const std::uint32_t slot = peek(key);
        if (slot != kNoSlot && entries_[slot].used != inserted_) entries_[slot].used = inserted_;
        return slot;
    }
    /// The same without marking it as used.
    [[nodiscard]] std::uint32_t peek(const Key& key) const noexcept {
        const std::size_t position = locate(key, hash_of(key));
        return position == kAbsent ? kNoSlot : index_[position].slot;
    }

    [[nodiscard]] Value& at(std::uint32_t slot) noexcept { return entries_[slot].value; }
    [[nodiscard]] const Value& at(std::uint32_t slot) const noexcept {
        return entries_[slot].value;
    }
    [[nodiscard]] const Key& key_at(std::uint32_t slot) const noexcept {
        return entries_[slot].key;
    }
    /// Whether `slot` still holds `key`: for slot numbers kept elsewhere.
    [[nodiscard]] bool holds(std::uint32_t slot, const Key& key) const noexcept {
        return slot < entries_.size() && entries_[slot].live && entries_[slot].key == key;
    }

    /// The entry's slot, made with a default value when absent. `forget(key, value)` is called for
    /// the entry that had to leave, if one had to.
    template <typename Forget>
    std::uint32_t obtain(const Key& key, Forget&& forget) {
        const std::uint32_t known = find(key);
        if (known != kNoSlot) return known;
        const std::uint32_t slot = free_slot(forget);
        if ((size_ + 1) * 2 > index_.size()) grow_index();
        ++inserted_;
        ++size_;
        entries_[slot] = Entry{key, inserted_, true, Value{}};
        insert_index(slot, hash_of(key));
        return slot;
    }

    bool erase(const Key& key) noexcept {
        const std::size_t position = locate(key, hash_of(key));
        if (position == kAbsent) return false;
        const std::uint32_t slot = index_[position].slot;
        remove_index(position);
        entries_[slot].live = false;
        entries_[slot].value = Value{};
        free_.push_back(slot);
        --size_;
        return true;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
    /// How many entries had to leave for others.
    [[nodiscard]] std::uint64_t forgotten() const noexcept { return forgotten_; }
    /// Every live entry, in slot order: visit(key, value).
    template <typename Visit>
    void for_each(Visit&& visit) {
        for (Entry& entry : entries_) {
            if (entry.live) visit(std::as_const(entry.key), entry.value);
        }
    }

  private:
    static constexpr std::size_t kAbsent = SIZE_MAX;
    static constexpr std::uint32_t kCandidates = 8;  // looked at to choose who leaves

    // On its own cache lines, key first: a hit costs one line of the index and one of these.
    struct alignas(64) Entry {
        Key key{};
        std::uint32_t used = 0;  // value of inserted_ when last used
        bool live = false;
        Value value{};
    };
    struct IndexCell {
        std::uint32_t tag = 0;
        std::uint32_t slot = kNoSlot;
    };

    [[nodiscard]] static std::uint64_t hash_of(const Key& key) noexcept { return Hash{}(key); }
    [[nodiscard]] static std::uint32_t tag_of(std::uint64_t hash) noexcept {
        return static_cast<std::uint32_t>(hash >> 32U);
    }

    [[nodiscard]] std::size_t locate(const Key& key, std::uint64_t hash) const noexcept {
        const std::size_t mask = index_.size() - 1;
        for (std::size_t i = hash & mask; index_[i].slot != kNoSlot; i = (i + 1) & mask) {
            if (index_[i].tag == tag_of(hash) && entries_[index_[i].slot].key == key) return i;
        }
        return kAbsent;
    }

    void insert_index(std::uint32_t slot, std::uint64_t hash) noexcept {
        const std::size_t mask = index_.size() - 1;
        std::size_t i = hash & mask;
        while (index_[i].slot != kNoSlot)
            i = (i + 1) & mask;
        index_[i] = {tag_of(hash), slot};
    }

    // Shifts later cells of the run back, so that lookups need no tombstones.
    void remove_index(std::size_t hole) noexcept {
        const std::size_t mask = index_.size() - 1;
        for (std::size_t i = (hole + 1) & mask; index_[i].slot != kNoSlot; i = (i + 1) & mask) {
            const std::size_t home = hash_of(entries_[index_[i].slot].key) & mask;
            if (((i - home) & mask) >= ((i - hole) & mask)) {
                index_[hole] = index_[i];
                hole = i;
            }
        }
        index_[hole] = {};
    }

    void grow_index() {
        index_.assign(index_.size() * 2, IndexCell{});
        for (std::uint32_t slot = 0; slot < entries_.size(); ++slot) {
            if (entries_[slot].live) insert_index(slot, hash_of(entries_[slot].key));
        }
    }

    template <typename Forget>
    std::uint32_t free_slot(Forget&& forget) {
        if (!free_.empty()) {
            const std::uint32_t slot = free_.back();
            free_.pop_back();
            return slot;
        }
        if (entries_.size() < capacity_) {
            entries_.emplace_back();
            return static_cast<std::uint32_t>(entries_.size() - 1);
        }
        const std::uint32_t slot = choose_leaver();
        const Key key = entries_[slot].key;
        forget(key, entries_[slot].value);
        erase(key);
        free_.pop_back();
        ++forgotten_;
        return slot;
    }

    // The least worthy and then longest unused of a few neighbours under a moving hand.
    [[nodiscard]] std::uint32_t choose_leaver() noexcept {
        std::uint32_t best = hand_;
        for (std::uint32_t i = 0; i < std::min(kCandidates, capacity_); ++i) {
            const std::uint32_t slot = (hand_ + i) % capacity_;
            const auto rank = entries_[slot].value.worth();
            const auto best_rank = entries_[best].value.worth();
            const std::uint32_t age = inserted_ - entries_[slot].used;
            if (rank < best_rank || (rank == best_rank && age > inserted_ - entries_[best].used)) {
                best = slot;
            }
        }
        hand_ = (hand_ + kCandidates) % capacity_;
        return best;
    }

    std::uint32_t capacity_;
    std::uint32_t inserted_ = 0;
    std::uint32_t hand_ = 0;
    std::size_t size_ = 0;
    std::uint64_t forgotten_ = 0;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> free_;
    std::vector<IndexCell> index_;
};

}  // namespace vedette::decode
