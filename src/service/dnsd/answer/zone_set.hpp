// The zones that are served, found by the longest suffix of a name. Immutable; a change of any zone
// makes a new set that shares the others.
#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

#include "service/dnsd/answer/answer_tail.hpp"

namespace vedette::dnsd {

class ZoneSet {
  public:
    ZoneSet() : ZoneSet(std::vector<ServedZonePointer>{}) {}
    /// Of two zones with one apex the later one is kept.
    explicit ZoneSet(std::vector<ServedZonePointer> zones);
    /// The same from zones that are not prepared yet.
    [[nodiscard]] static ZoneSet of(const std::vector<ZonePointer>& zones);

    /// The zone with the longest apex at or above the name without its first `skip` labels; null
    /// when none is ours.
    [[nodiscard]] const ServedZone* find(const LookupName& name, unsigned skip = 0) const noexcept;
    /// The zone that answers a question: the nearest above the name, but its parent's for DS of an
    /// apex, when that is ours too (RFC 4035 3.1.4.1).
    [[nodiscard]] const ServedZone* find_for(const LookupName& name,
                                             std::uint16_t type) const noexcept;
    [[nodiscard]] const std::vector<ServedZonePointer>& zones() const noexcept { return zones_; }

  private:
    std::vector<ServedZonePointer> zones_;
    std::vector<std::uint32_t> slots_;    // index + 1; 0 is free
    std::bitset<kMaxLabels + 1> depths_;  // label counts that some apex has
};

}  // namespace vedette::dnsd
