#include "service/dnsd/zone/zone_builder.hpp"

#include <cstring>

#include <fmt/format.h>

#include "render/name_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"
#include "service/dnsd/zone/zone_compiler.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kFirstSlots = 4;  // most of a million zones have three names

std::uint16_t flags_of_type(std::uint16_t type, bool is_apex) noexcept {
    switch (type) {
        case rr::kNs:
            return is_apex ? 0 : NameFlags::kCut;
        case rr::kDname:
            return NameFlags::kDname;
        case rr::kCname:
            return NameFlags::kCname;
        default:
            return 0;
    }
}

}  // namespace

ZoneBuilder::ZoneBuilder(ByteView apex) {
    apex_.assign(apex);
    owner_ = apex_;
    slots_.reset_to_zero(kFirstSlots);
    owner_index_ = intern(apex_, 0, apex);
    names_[owner_index_].flags = NameFlags::kApex;
}

Result<void> ZoneBuilder::add_made_up_soa(std::uint32_t ttl, ByteView rdata) {
    made_up_soa_ = true;
    return add(apex_.wire(), rr::kSoa, ttl, rdata);
}

Result<void> ZoneBuilder::add(ByteView owner, std::uint16_t type, std::uint32_t ttl,
                              ByteView rdata) {
    if (!equals_lower(owner, owner_.wire())) {
        owner_.assign(owner);
        if (!owner_.is_at_or_below(apex_.wire(), apex_.labels())) {
            const std::string text = render::name_text(owner);
            owner_ = apex_;
            owner_index_ = 0;
            return fail(ErrorKind::InvalidInput, fmt::format("{} is outside the zone {}", text,
                                                             render::name_text(apex_.wire())));
        }
        owner_index_ = intern(owner_, 0, owner);
    }
    if (rdata.size() > UINT16_MAX) return fail(ErrorKind::InvalidInput, "RDATA over 65535 octets");
    const std::size_t words = padded4(sizeof(Record) + rdata.size()) / 4;
    if (records_.size() + words >= UINT32_MAX)
        return fail(ErrorKind::InvalidInput, "the zone is larger than 16 GiB");
    const auto offset = static_cast<std::uint32_t>(records_.size() + 1);
    auto* place = reinterpret_cast<std::uint8_t*>(records_.append(words));
    const Record record{0, ttl, type, static_cast<std::uint16_t>(rdata.size())};
    std::memcpy(place, &record, sizeof(record));
    if (!rdata.empty()) std::memcpy(place + sizeof(record), rdata.data(), rdata.size());

    Name& name = names_[owner_index_];
    name.flags |= flags_of_type(type, owner_index_ == 0);
    if (name.first_record == 0) {
        name.first_record = offset;
    } else {
        reinterpret_cast<Record*>(records_.data() + (name.last_record - 1))->next = offset;
    }
    name.last_record = offset;
    ++record_count_;
    return {};
}

std::uint32_t ZoneBuilder::find(const LookupName& name, unsigned skip) const noexcept {
    const std::uint64_t hash = name.hash(skip);
    const std::uint64_t mask = slots_.size() - 1;
    for (std::uint64_t i = hash & mask;; i = (i + 1) & mask) {
        const ZoneSlot slot = slots_[i];
        if (slot.block == 0) return kAbsent;
        if (slot.tag == static_cast<std::uint32_t>(hash >> 32U) &&
            equals_lower(name_of(names_[slot.block - 1]), name.suffix(skip))) {
            return slot.block - 1;
        }
    }
}

std::uint32_t ZoneBuilder::intern(const LookupName& name, unsigned skip, ByteView written) {
    if (const std::uint32_t known = find(name, skip); known != kAbsent) return known;
    if ((names_.size() + 1) * 4 > slots_.size() * 3) grow_slots();
    VEDETTE_ASSERT(names_bytes_.size() + written.size() < UINT32_MAX);
    const auto index = static_cast<std::uint32_t>(names_.size());
    Name entry;
    entry.name = static_cast<std::uint32_t>(names_bytes_.size());
    entry.name_bytes = static_cast<std::uint8_t>(written.size());
    entry.labels = static_cast<std::uint8_t>(name.labels() - skip);
    names_.push_back(entry);
    std::memcpy(names_bytes_.append(written.size()), written.data(), written.size());
    const std::uint64_t hash = name.hash(skip);
    const std::uint64_t mask = slots_.size() - 1;
    std::uint64_t i = hash & mask;
    while (slots_[i].block != 0)
        i = (i + 1) & mask;
    slots_[i] = {static_cast<std::uint32_t>(hash >> 32U), index + 1};
    return index;
}

void ZoneBuilder::grow_slots() {
    GrowingArray<ZoneSlot> larger;
    larger.reset_to_zero(slots_.size() * 2);
    const std::uint64_t mask = larger.size() - 1;
    LookupName name;
    for (std::size_t k = 0; k < slots_.size(); ++k) {
        const ZoneSlot slot = slots_[k];
        if (slot.block == 0) continue;
        // Only the upper half of the hash is kept in the slot; the rest is computed again.
        name.assign(name_of(names_[slot.block - 1]));
        std::uint64_t i = name.hash(0) & mask;
        while (larger[i].block != 0)
            i = (i + 1) & mask;
        larger[i] = slot;
    }
    slots_ = std::move(larger);
}

Result<ZonePointer> ZoneBuilder::finish() {
    return ZoneCompiler(*this).compile();
}

void ZoneBuilder::note_empty(ByteView owner) {
    LookupName name;
    name.assign(owner);
    (void)intern(name, 0, owner);
}

void ZoneBuilder::note_gone(ByteView owner) {
    LookupName name;
    name.assign(owner);
    names_[intern(name, 0, owner)].flags |= NameFlags::kGone;
}

Result<ZonePointer> ZoneBuilder::finish_over(const ZonePointer& before) {
    return ZoneCompiler(*this).compile_over(before);
}

}  // namespace vedette::dnsd
