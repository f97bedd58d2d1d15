// Fingerprint -> small value, bounded: two generations of an open-addressing table. When the young
// one is full it becomes the old one and the old one is forgotten, so what is used keeps living and
// a flood of things seen once pushes out only things not used lately. 96 bits of the fingerprint
// are kept per entry. Not thread safe.
#pragma once

#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "store/sqlite/fingerprint.hpp"

namespace vedette::store {

template <typename Value>
class InternTable {
  public:
    /// Remembers between `limit` and twice `limit` entries; `limit` is a power of two.
    explicit InternTable(std::uint32_t limit) : limit_(limit) { VEDETTE_ASSERT(limit >= kFirst); }

    /// The value remembered for `key`, or null. Valid until the next find or insert.
    [[nodiscard]] Value* find(const Fingerprint& key) {
        if (Slot* slot = young_.find(key)) return &slot->value;
        const Slot* slot = old_.find(key);
        if (slot == nullptr) return nullptr;
        return &insert(key, Value(slot->value));
    }

    /// Asks the processor to fetch where `key` would be: a search then finds it in the cache. Far
    /// enough ahead this hides most of a search's cost, which is one cache miss.
    void prefetch(const Fingerprint& key) const noexcept {
        young_.prefetch(key);
        old_.prefetch(key);
    }

    /// Remembers a value for a key that find() did not know.
    Value& insert(const Fingerprint& key, const Value& value) {
        if (young_.used >= limit_) {
            old_ = std::move(young_);
            young_ = Table{};
        }
        return young_.insert(key, value);
    }

    void clear() noexcept {
        young_ = Table{};
        old_ = Table{};
    }
    /// Forgets every entry of which `gone(value)` holds.
    template <typename Predicate>
    void forget_if(Predicate gone) {
        for (Table* table : {&young_, &old_}) {
            Table kept;
            for (const Slot& slot : table->slots) {
                if (slot.filled() && !gone(slot.value)) kept.add(slot);
            }
            *table = std::move(kept);
        }
    }
    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return (young_.slots.capacity() + old_.slots.capacity()) * sizeof(Slot);
    }

  private:
    static constexpr std::uint32_t kFirst = 1'024;

    struct Slot {
        std::uint32_t key[3] = {0, 0, 0};
        Value value{};

        [[nodiscard]] bool filled() const noexcept { return (key[0] | key[1] | key[2]) != 0; }
    };

    struct Table {
        std::vector<Slot> slots;
        std::uint32_t used = 0;

        [[nodiscard]] std::size_t home(const std::uint32_t* key) const noexcept {
            return (key[0] ^ std::uint64_t{key[1]} << 16U) & (slots.size() - 1);
        }
        void prefetch(const Fingerprint& fingerprint) const noexcept {
            if (slots.empty()) return;
            const Slot wanted = slot_of(fingerprint, {});
            __builtin_prefetch(slots.data() + home(wanted.key));
        }
        [[nodiscard]] Slot* find(const Fingerprint& fingerprint) noexcept {
            if (slots.empty()) return nullptr;
            const Slot wanted = slot_of(fingerprint, {});
            for (std::size_t i = home(wanted.key);; i = (i + 1) & (slots.size() - 1)) {
                Slot& slot = slots[i];
                if (slot.key[0] == wanted.key[0] && slot.key[1] == wanted.key[1] &&
                    slot.key[2] == wanted.key[2]) {
                    return &slot;
                }
                if (!slot.filled()) return nullptr;
            }
        }
        Value& insert(const Fingerprint& fingerprint, const Value& value) {
            return add(slot_of(fingerprint, value));
        }
        Value& add(const Slot& fresh) {
            if (used * 4ULL >= slots.size() * 3ULL) grow();
            std::size_t i = home(fresh.key);
            while (slots[i].filled())
                i = (i + 1) & (slots.size() - 1);
            slots[i] = fresh;
            ++used;
            return slots[i].value;
        }
        void grow() {
            std::vector<Slot> before = std::move(slots);
            slots = std::vector<Slot>(before.empty() ? kFirst : before.size() * 2);
            used = 0;
            for (const Slot& slot : before) {
                if (slot.filled()) add(slot);
            }
        }
    };

    [[nodiscard]] static Slot slot_of(const Fingerprint& fingerprint, const Value& value) noexcept {
        Slot slot;
        slot.key[0] = static_cast<std::uint32_t>(fingerprint.high);
        slot.key[1] = static_cast<std::uint32_t>(fingerprint.high >> 32U);
        slot.key[2] = static_cast<std::uint32_t>(fingerprint.low) | 1U;  // never an empty slot
        slot.value = value;
        return slot;
    }

    Table young_;
    Table old_;
    std::uint32_t limit_;
};

}  // namespace vedette::store
