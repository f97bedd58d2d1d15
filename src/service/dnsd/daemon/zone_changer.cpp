#include "service/dnsd/daemon/zone_changer.hpp"

#include <utility>

#include "service/dnsd/zone/record_zones.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

bool belongs_to_signing(std::uint16_t type) noexcept {
    return type == rr::kRrsig || type == rr::kNsec || type == rr::kNsec3 || type == rr::kNsec3Param;
}

LookupName name_of(const std::string& key) {
    LookupName name;
    name.assign(as_bytes(store::name_of_key(key)));
    return name;
}

}  // namespace

ZoneChanger::ZoneChanger(store::RecordStore& store, ZonePointer before, std::string tree,
                         std::uint32_t serial)
    : store_(store),
      before_(std::move(before)),
      tree_(std::move(tree)),
      serial_(serial),
      builder_(before_->apex_name().wire()) {}

Result<bool> ZoneChanger::read(std::span<const std::string> keys) {
    const auto still_root = store_.has_owner(tree_);
    if (!still_root) return std::unexpected(still_root.error());
    if (!*still_root) return false;
    std::set<std::string> names{tree_};  // ancestors first
    for (const std::string& key : keys) {
        for (std::size_t end = tree_.size(); end < key.size();) {
            end = key.find('\0', end) + 1;
            names.insert(key.substr(0, end));
        }
    }
    for (const std::string& key : names) {
        const auto verdict = read_name(key);
        if (!verdict) return std::unexpected(verdict.error());
        if (*verdict == Verdict::NotEnough) return false;
    }
    return true;
}

Result<ZoneChanger::Verdict> ZoneChanger::read_name(const std::string& key) {
    const LookupName name = name_of(key);
    const bool is_apex = key == tree_;
    bool any = false;
    bool enough = true;
    std::uint16_t boundary = 0;
    VEDETTE_TRY(store_.visit_owner(key, [&](const store::RecordView& record) {
        any = true;
        enough &= !belongs_to_signing(record.type) && (is_apex || record.type != rr::kSoa);
        has_soa_ |= record.type == rr::kSoa;
        if (record.type == rr::kNs && !is_apex) boundary |= NameFlags::kCut;
        if (record.type == rr::kDname) boundary |= NameFlags::kDname;
        return builder_.add(record.owner, record.type, record.ttl, record.rdata);
    }));
    if (!enough) return Verdict::NotEnough;
    const NodeView old = before_->find(name, 0);
    constexpr std::uint16_t kBoundary = NameFlags::kCut | NameFlags::kDname;
    const auto was = static_cast<std::uint16_t>(old ? old.flags() & kBoundary : 0);
    if (any && was == boundary) return Verdict::Fine;
    const auto below = store_.has_names_below(key);
    if (!below) return std::unexpected(below.error());
    if (was != boundary && *below) return Verdict::NotEnough;
    if (any) return Verdict::Fine;
    if (*below)
        builder_.note_empty(name.wire());
    else
        builder_.note_gone(name.wire());
    return Verdict::Fine;
}

Result<ZonePointer> ZoneChanger::finish() {
    if (!has_soa_) {
        const ByteView apex = before_->apex_name().wire();
        VEDETTE_TRY(builder_.add_made_up_soa(kMadeUpTtl, made_up_soa(apex, serial_)));
    }
    return builder_.finish_over(before_);
}

}  // namespace vedette::dnsd
