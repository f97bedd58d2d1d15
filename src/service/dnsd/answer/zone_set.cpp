#include "service/dnsd/answer/zone_set.hpp"

#include <bit>
#include <cstring>

#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {

ZoneSet::ZoneSet(std::vector<ServedZonePointer> zones) {
    slots_.assign(std::bit_ceil(zones.size() * 2 + 2), 0);
    const std::uint64_t mask = slots_.size() - 1;
    for (ServedZonePointer& zone : zones) {
        const KeptName& apex = zone->zone->apex_name();
        std::uint64_t i = apex.hash() & mask;
        const auto same = [&](std::uint32_t slot) {
            const ByteView other = zones_[slot - 1]->zone->apex_name().wire();
            return other.size() == apex.wire().size() &&
                   std::memcmp(other.data(), apex.wire().data(), other.size()) == 0;
        };
        while (slots_[i] != 0 && !same(slots_[i]))
            i = (i + 1) & mask;
        depths_.set(apex.labels());
        if (slots_[i] != 0) {
            zones_[slots_[i] - 1] = std::move(zone);
        } else {
            zones_.push_back(std::move(zone));
            slots_[i] = static_cast<std::uint32_t>(zones_.size());
        }
    }
}

ZoneSet ZoneSet::of(const std::vector<ZonePointer>& zones) {
    std::vector<ServedZonePointer> served;
    served.reserve(zones.size());
    for (const ZonePointer& zone : zones)
        served.push_back(prepare_zone(zone));
    return ZoneSet(std::move(served));
}

const ServedZone* ZoneSet::find(const LookupName& name, unsigned skip) const noexcept {
    const std::uint64_t mask = slots_.size() - 1;
    for (; skip <= name.labels(); ++skip) {
        if (!depths_.test(name.labels() - skip)) continue;
        const ByteView wanted = name.suffix(skip);
        for (std::uint64_t i = name.hash(skip) & mask; slots_[i] != 0; i = (i + 1) & mask) {
            const ServedZone* zone = zones_[slots_[i] - 1].get();
            const ByteView apex = zone->zone->apex_name().wire();
            if (apex.size() == wanted.size() &&
                std::memcmp(apex.data(), wanted.data(), apex.size()) == 0) {
                return zone;
            }
        }
    }
    return nullptr;
}

const ServedZone* ZoneSet::find_for(const LookupName& name, std::uint16_t type) const noexcept {
    const ServedZone* zone = find(name);
    const bool above = zone != nullptr && type == rr::kDs && name.labels() > 0 &&
                       zone->zone->apex_name().labels() == name.labels();
    const ServedZone* parent = above ? find(name, 1) : nullptr;
    return parent != nullptr ? parent : zone;
}

}  // namespace vedette::dnsd
