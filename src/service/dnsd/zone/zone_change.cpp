// A zone compiled as a change of another: the names that are new, other or gone, with the unchanged
// ones left where they are. Part of ZoneCompiler.
#include <cstring>

#include "service/dnsd/zone/zone_compiler.hpp"

namespace vedette::dnsd {

Result<ZonePointer> ZoneCompiler::compile_over(const ZonePointer& before) {
    VEDETTE_ASSERT(!before->has_nsec() && !before->has_nsec3());
    mark_ancestors();
    keep_wildcard_marks(*before);
    VEDETTE_TRY(carry_over(*before));
    VEDETTE_TRY(write_names());
    link_slots();
    zone_->blocks_.shrink();
    VEDETTE_TRY(read_apex());
    zone_->base_ = before->base_ != nullptr ? before->base_ : before;
    count_over(*zone_->base_);
    return ZonePointer(std::move(zone_));
}

// A wildcard that does not change is not here to mark the name above it.
void ZoneCompiler::keep_wildcard_marks(const Zone& before) {
    LookupName name;
    for (std::uint32_t i = 0; i < from_.names_.size(); ++i) {
        name.assign(from_.name_of(from_.names_[i]));
        const LookupName star = name.wildcard_of(0);
        if (from_.find(star, 0) == ZoneBuilder::kAbsent && before.find(star, 0))
            from_.names_[i].flags |= NameFlags::kWildcardBelow;
    }
}

// What earlier changes left here stays, unless this change has it anew.
Result<void> ZoneCompiler::carry_over(const Zone& before) {
    if (before.base_ == nullptr) return {};
    LookupName name;
    ByteView whole;
    ByteView rdata;
    for (NodeView node = before.next_here({}); node; node = before.next_here(node)) {
        name.assign(node.name());
        if (from_.find(name, 0) != ZoneBuilder::kAbsent) continue;
        const std::uint32_t index = from_.intern(name, 0, node.name());
        RrsetView rrset = node.first();
        for (unsigned i = 0; i < node.rrset_count(); ++i, rrset = RrsetView(rrset.next())) {
            StoredRecords records(rrset.records());
            while (records.next(whole, rdata))
                VEDETTE_TRY(from_.add(node.name(), rrset.type(), rrset.header().ttl, rdata));
        }
        from_.names_[index].flags = node.flags();
    }
    return {};
}

void ZoneCompiler::count_over(const Zone& base) {
    Zone& zone = *zone_;
    const auto records_of = [](NodeView node) {
        std::uint64_t records = 0;
        RrsetView rrset = node.first();
        for (unsigned i = 0; i < node.rrset_count(); ++i, rrset = RrsetView(rrset.next()))
            records += rrset.header().record_count;
        return records;
    };
    zone.changed_names_ = from_.names_.size();
    zone.counts_.names = base.counts_.names;
    zone.counts_.records += base.counts_.records;
    LookupName name;
    for (NodeView node = zone.next_here({}); node; node = zone.next_here(node)) {
        name.assign(node.name());
        const NodeView old = base.find_here(name, 0);
        zone.counts_.names += node.has(NameFlags::kGone) ? 0U : 1U;
        zone.counts_.names -= old ? 1U : 0U;
        zone.counts_.records -= old ? records_of(old) : 0U;
    }
    zone.counts_.bytes =
        base.counts_.bytes + sizeof(Zone) + zone.blocks_.bytes() + zone.slots_.bytes();
}

}  // namespace vedette::dnsd
