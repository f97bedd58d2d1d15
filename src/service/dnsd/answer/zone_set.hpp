// The zones that are served, found by the longest suffix of a name. Immutable; a change of some
// zones makes a new set that shares the others: the changed ones stand in a small table of their
// own, in front of a large one that both sets use, until there are so many that one large table is
// made anew.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "service/dnsd/answer/answer_tail.hpp"

namespace vedette::dnsd {

/// What shall stand at an apex from now on.
struct ZoneEdit {
    std::string apex;        ///< lower case wire form
    ServedZonePointer zone;  ///< null: no zone
};

class ZoneSet {
  public:
    ZoneSet() : ZoneSet(std::vector<ServedZonePointer>{}) {}
    /// Of two zones with one apex the later one is kept.
    explicit ZoneSet(const std::vector<ServedZonePointer>& zones);
    /// The same from zones that are not prepared yet.
    [[nodiscard]] static ZoneSet of(const std::vector<ZonePointer>& zones);
    /// This set with some zones new, other or gone. Costs what is changed, not what is there.
    [[nodiscard]] ZoneSet with(const std::vector<ZoneEdit>& edits) const;

    /// The zone with the longest apex at or above the name without its first `skip` labels; null
    /// when none is ours.
    [[nodiscard]] const ServedZone* find(const LookupName& name, unsigned skip = 0) const noexcept;
    /// The zone that answers a question: the nearest above the name, but its parent's for DS of an
    /// apex, when that is ours too (RFC 4035 3.1.4.1).
    [[nodiscard]] const ServedZone* find_for(const LookupName& name,
                                             std::uint16_t type) const noexcept;
    /// The zone whose apex is the name without its first `skip` labels, or null.
    [[nodiscard]] ServedZonePointer zone_at(const LookupName& name, unsigned skip = 0) const;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// All of them, in no order. Costs a copy.
    [[nodiscard]] std::vector<ServedZonePointer> zones() const;

  private:
    using Depths = std::bitset<kMaxLabels + 1>;  // label counts that some apex has
    struct Place {
        ServedZonePointer zone;
        bool gone = false;  // the zone is only here for its apex
    };
    struct Table {
        std::vector<Place> places;
        std::vector<std::uint32_t> slots;  // index + 1; 0 is free
        Depths depths;

        void make_room(std::size_t zones);
        void put(Place place);
        [[nodiscard]] const Place* find(const LookupName& name, unsigned skip) const noexcept;
    };
    [[nodiscard]] const Place* place_of(const LookupName& name, unsigned skip) const noexcept;
    void merge();

    std::shared_ptr<const Table> table_;
    Table changed_;  // wins over the large one; most often empty
    Depths depths_;  // of both
    std::size_t size_ = 0;
};

}  // namespace vedette::dnsd
