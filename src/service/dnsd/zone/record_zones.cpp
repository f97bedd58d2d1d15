#include "service/dnsd/zone/record_zones.hpp"

#include <algorithm>
#include <cstring>

#include "render/name_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
std::vector<std::uint8_t> made_up_soa(ByteView apex, std::uint32_t serial) {
    constexpr std::string_view kHostmaster{"\12hostmaster"};
    std::vector<std::uint8_t> rdata(apex.begin(), apex.end());
    if (apex.size() + kHostmaster.size() <= kMaxNameBytes) {
        const ByteView label = as_bytes(kHostmaster);
        rdata.insert(rdata.end(), label.begin(), label.end());
    }
    rdata.insert(rdata.end(), apex.begin(), apex.end());
    for (const std::uint32_t value : {serial, 3'600U, 600U, 604'800U, kMadeUpTtl}) {
        for (unsigned shift = 32; shift > 0; shift -= 8)
            rdata.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
    }
    return rdata;
}

Result<void> RecordZones::add(ByteView owner, std::uint16_t type, std::uint32_t ttl,
                              ByteView rdata) {
    if (!pending_.empty() && !wire::dns::equal_names(owner, owner_.view()))
        VEDETTE_TRY(place_owner());
    if (pending_.empty()) assign_name(owner_, owner);
    pending_.push_back({type, ttl, {rdata.begin(), rdata.end()}});
    return {};
}

Result<void> RecordZones::place_owner() {
    LookupName name;
    name.assign(owner_.view());
    while (!open_.empty() &&
           !name.is_at_or_below(open_.back()->apex.wire(), open_.back()->apex.labels())) {
        close_last();
    }
    const bool has_soa =
        std::ranges::any_of(pending_, [](const Pending& p) { return p.type == rr::kSoa; });
    if (has_soa && !open_.empty()) {  // a zone below another: a cut there, an apex here
        for (const Pending& record : pending_) {
            if (record.type == rr::kNs || record.type == rr::kDs)
                VEDETTE_TRY(open_.back()->builder.add(owner_.view(), record.type, record.ttl,
                                                      record.rdata));
        }
    }
    if (has_soa && open_.size() == 1) nested_.emplace_back(as_text(open_.front()->apex.wire()));
    if (has_soa || open_.empty()) open_.push_back(std::make_unique<Open>(owner_.view()));
    open_.back()->has_soa |= has_soa;
    for (const Pending& record : pending_)
        VEDETTE_TRY(
            open_.back()->builder.add(owner_.view(), record.type, record.ttl, record.rdata));
    pending_.clear();
    return {};
}

void RecordZones::close_last() {
    Open& zone = *open_.back();
    if (!zone.has_soa) {
        const auto rdata = made_up_soa(zone.apex.wire(), serial_);
        // An owner of the zone, in range: it cannot fail.
        (void)zone.builder.add_made_up_soa(kMadeUpTtl, rdata);
    }
    auto compiled = zone.builder.finish();
    if (compiled)
        zones_.push_back(std::move(*compiled));
    else
        problems_.push_back(
            {std::string(as_text(zone.apex.wire())), std::move(compiled.error().text)});
    open_.pop_back();
}

std::vector<ZonePointer> RecordZones::finish() {
    if (!pending_.empty()) {
        if (const auto placed = place_owner(); !placed)
            problems_.push_back({std::string(as_text(owner_.view())), placed.error().text});
    }
    while (!open_.empty())
        close_last();
    return std::move(zones_);
}

}  // namespace vedette::dnsd
