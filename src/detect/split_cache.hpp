// Remembers how names split into what was registered and what stands in front of it: the same names
// are asked again and again, and looking them up in the public suffix list costs more than anything
// else a detector does with them. A small direct-mapped table; deterministic, since it only ever
// gives what the list would.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "model/domain/registered_domain.hpp"

namespace vedette::detect {

class SplitCache {
  public:
    SplitCache() : slots_(std::make_unique<Slots>()) {}

    /// `hash` is dns::hash_name(name). Slices of `name`.
    [[nodiscard]] RegisteredDomain find(ByteView name, std::uint64_t hash) noexcept {
        Slot& slot = (*slots_)[hash & (kSlots - 1)];
        RegisteredDomain split;
        if (slot.hash == hash && slot.length == name.size() && cut(name, slot, split)) return split;
        split = find_registered_domain(name);
        if (name.size() > kLongest) return split;
        slot.hash = hash;
        slot.length = static_cast<std::uint8_t>(name.size());
        slot.domain = static_cast<std::uint8_t>(split.domain.size());
        slot.suffix = static_cast<std::uint8_t>(split.suffix.size());
        slot.listed = split.listed;
        return split;
    }
    [[nodiscard]] static constexpr std::size_t memory_bytes() noexcept { return sizeof(Slots); }

  private:
    static constexpr std::size_t kSlots = 2'048;
    static constexpr std::size_t kLongest = 255;
    struct Slot {
        std::uint64_t hash = 0;
        std::uint8_t length = 0;  ///< 0 when free
        std::uint8_t domain = 0;
        std::uint8_t suffix = 0;
        bool listed = false;
    };
    using Slots = std::array<Slot, kSlots>;

    /// Names can be made to share a hash, so the split must fall between labels of this one, too.
    /// A name that is itself a suffix has none; it is rare, and looked up anew each time.
    [[nodiscard]] static bool cut(ByteView name, const Slot& slot, RegisteredDomain& out) noexcept {
        if (slot.domain <= slot.suffix || slot.domain > name.size()) return false;
        const std::size_t domain = name.size() - slot.domain;
        std::size_t label = 0;
        std::uint8_t labels = 0;
        for (; label < domain; ++labels)
            label += std::size_t{name[label]} + 1;
        if (label != domain || domain + name[domain] + 1 != name.size() - slot.suffix) return false;
        out = {name.last(slot.domain), name.last(slot.suffix), name.first(domain), labels,
               slot.listed};
        return true;
    }

    std::unique_ptr<Slots> slots_;
};

}  // namespace vedette::detect
