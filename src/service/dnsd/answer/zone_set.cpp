#include "service/dnsd/answer/zone_set.hpp"

#include <bit>
#include <cstring>

#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {

namespace {

// With more than this many zones changed, and an eighth of all, one large table is made anew.
constexpr std::size_t kMostChanged = 2'048;

}  // namespace

void ZoneSet::Table::make_room(std::size_t zones) {
    slots.assign(std::bit_ceil(zones * 2 + 2), 0);
    const std::uint64_t mask = slots.size() - 1;
    for (std::size_t k = 0; k < places.size(); ++k) {
        std::uint64_t i = places[k].zone->zone->apex_name().hash() & mask;
        while (slots[i] != 0)
            i = (i + 1) & mask;
        slots[i] = static_cast<std::uint32_t>(k + 1);
    }
}

void ZoneSet::Table::put(Place place) {
    if ((places.size() + 1) * 2 > slots.size()) make_room(places.size() * 2 + 2);
    const std::uint64_t mask = slots.size() - 1;
    const KeptName& apex = place.zone->zone->apex_name();
    std::uint64_t i = apex.hash() & mask;
    const auto same = [&](std::uint32_t slot) {
        const ByteView other = places[slot - 1].zone->zone->apex_name().wire();
        return other.size() == apex.wire().size() &&
               std::memcmp(other.data(), apex.wire().data(), other.size()) == 0;
    };
    while (slots[i] != 0 && !same(slots[i]))
        i = (i + 1) & mask;
    depths.set(apex.labels());
    if (slots[i] != 0) {
        places[slots[i] - 1] = std::move(place);
    } else {
        places.push_back(std::move(place));
        slots[i] = static_cast<std::uint32_t>(places.size());
    }
}

const ZoneSet::Place* ZoneSet::Table::find(const LookupName& name, unsigned skip) const noexcept {
    const std::uint64_t mask = slots.size() - 1;
    const ByteView wanted = name.suffix(skip);
    for (std::uint64_t i = name.hash(skip) & mask; slots[i] != 0; i = (i + 1) & mask) {
        const Place& place = places[slots[i] - 1];
        const ByteView apex = place.zone->zone->apex_name().wire();
        if (apex.size() == wanted.size() &&
            std::memcmp(apex.data(), wanted.data(), apex.size()) == 0) {
            return &place;
        }
    }
    return nullptr;
}

ZoneSet::ZoneSet(const std::vector<ServedZonePointer>& zones) {
    auto table = std::make_shared<Table>();
    table->places.reserve(zones.size());
    table->make_room(zones.size());
    for (const ServedZonePointer& zone : zones)
        table->put({zone, false});
    size_ = table->places.size();
    depths_ = table->depths;
    table_ = std::move(table);
}

ZoneSet ZoneSet::with(const std::vector<ZoneEdit>& edits) const {
    ZoneSet set = *this;
    LookupName apex;
    for (const ZoneEdit& edit : edits) {
        apex.assign(as_bytes(edit.apex));
        ServedZonePointer before = zone_at(apex);
        if (edit.zone != nullptr) {
            set.changed_.put({edit.zone, false});
            set.size_ += before == nullptr ? 1U : 0U;
        } else if (before != nullptr) {
            set.changed_.put({std::move(before), true});
            --set.size_;
        }
    }
    set.depths_ |= set.changed_.depths;
    if (set.changed_.places.size() > kMostChanged + set.size_ / 8) set.merge();
    return set;
}

void ZoneSet::merge() {
    *this = ZoneSet(zones());
}

std::vector<ServedZonePointer> ZoneSet::zones() const {
    std::vector<ServedZonePointer> all;
    all.reserve(size_);
    LookupName name;
    for (const Place& place : table_->places) {
        if (!changed_.places.empty()) {
            name.assign(place.zone->zone->apex_name().wire());
            if (changed_.find(name, 0) != nullptr) continue;
        }
        all.push_back(place.zone);
    }
    for (const Place& place : changed_.places) {
        if (!place.gone) all.push_back(place.zone);
    }
    return all;
}

ZoneSet ZoneSet::of(const std::vector<ZonePointer>& zones) {
    std::vector<ServedZonePointer> served;
    served.reserve(zones.size());
    for (const ZonePointer& zone : zones)
        served.push_back(prepare_zone(zone));
    return ZoneSet(served);
}

inline const ZoneSet::Place* ZoneSet::place_of(const LookupName& name,
                                               unsigned skip) const noexcept {
    if (!changed_.places.empty()) [[unlikely]] {
        if (const Place* place = changed_.find(name, skip)) return place->gone ? nullptr : place;
    }
    return table_->find(name, skip);
}

const ServedZone* ZoneSet::find(const LookupName& name, unsigned skip) const noexcept {
    for (; skip <= name.labels(); ++skip) {
        if (!depths_.test(name.labels() - skip)) continue;
        if (const Place* place = place_of(name, skip)) return place->zone.get();
    }
    return nullptr;
}

ServedZonePointer ZoneSet::zone_at(const LookupName& name, unsigned skip) const {
    if (!depths_.test(name.labels() - skip)) return nullptr;
    const Place* place = place_of(name, skip);
    return place == nullptr ? nullptr : place->zone;
}

const ServedZone* ZoneSet::find_for(const LookupName& name, std::uint16_t type) const noexcept {
    const ServedZone* zone = find(name);
    const bool above = zone != nullptr && type == rr::kDs && name.labels() > 0 &&
                       zone->zone->apex_name().labels() == name.labels();
    const ServedZone* parent = above ? find(name, 1) : nullptr;
    return parent != nullptr ? parent : zone;
}

}  // namespace vedette::dnsd
