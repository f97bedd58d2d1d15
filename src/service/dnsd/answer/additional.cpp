// The additional section: addresses of the names that NS, MX and SRV records point to (RFC
// 1034 4.3.2, step 6), and the glue that a referral needs. Part of Lookup.
#include "service/dnsd/answer/lookup.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

/// The first name in the RDATA of NS, MX and SRV.
ByteView target_of(std::uint16_t type, ByteView rdata) noexcept {
    const std::size_t prefix = type == rr::kMx ? 2 : type == rr::kSrv ? 6 : 0;
    return rdata.size() > prefix ? rdata.subspan(prefix) : ByteView();
}

}  // namespace

void Lookup::put_additional() noexcept {
    for (const Pending& pending : pending_) {
        if (header_.truncated) return;
        put_targets(pending.rrset, pending.cut);
    }
}

void Lookup::put_targets(RrsetView rrset, NodeView cut) noexcept {
    StoredRecords records(rrset.records());
    ByteView whole;
    ByteView rdata;
    LookupName target;
    while (records.next(whole, rdata)) {
        const ByteView name = target_of(rrset.type(), rdata);
        if (name.empty()) continue;
        target.assign(name);
        put_addresses(target, name.first(target.wire().size()), rrset.type(), cut);
    }
}

void Lookup::put_addresses(const LookupName& target, ByteView written, std::uint16_t of,
                           NodeView cut) noexcept {
    const KeptName& apex = zone_.apex_name();
    if (!target.is_at_or_below(apex.wire(), apex.labels())) return;
    const NodeView node = zone_.find_or_expand(target);
    if (!node) return;
    // Additional data of an answer is authoritative data; name servers are found by what lies below
    // cuts, too.
    const bool glue = node.has(NameFlags::kOccluded | NameFlags::kCut);
    if (glue && of != rr::kNs) return;
    OwnerName owner{0, &target, written};
    for (const std::uint16_t type : {rr::kA, rr::kAaaa}) {
        const RrsetView addresses = find_records(node, type);
        if (!addresses || already_written(addresses, target)) continue;
        if (writer_.put_rrset(addresses, owner, {signatures_, UINT32_MAX})) {
            count(header_.additional, addresses);
        } else if (glue && cut) {
            truncate();  // RFC 9471 2.1: glue does not fit
            return;
        }
    }
}

}  // namespace vedette::dnsd
