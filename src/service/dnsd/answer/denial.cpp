// Denial of existence: which NSEC (RFC 4035 3.1.3) or NSEC3 (RFC 5155 7.2) records prove what an
// answer claims. Part of Lookup; does nothing in an unsigned zone.
#include <algorithm>

#include "service/dnsd/answer/lookup.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {

void Lookup::put_denial(NodeView node, std::uint16_t type) noexcept {
    if (!node || header_.truncated) return;
    const auto same = [&](NodeView other) { return other.same_as(node); };
    if (std::ranges::any_of(denials_, same)) return;
    const RrsetView rrset = node.find(type);
    if (!rrset) return;
    denials_.push(node);
    LookupName name;
    name.assign(node.name());
    put_authority(rrset, {0, &name, node.name()}, UINT32_MAX);
}

// RFC 5155 7.2.1: the longest ancestor that has an NSEC3, and the cover of the name one label
// longer. With opt-out that ancestor may be shorter than the closest encloser.
void Lookup::prove_closest_encloser(unsigned skip, bool with_wildcard) noexcept {
    const unsigned apex_skip = name_->labels() - zone_.apex_name().labels();
    NodeView match;
    for (; skip <= apex_skip; ++skip) {
        match = zone_.nsec3_match(zone_.nsec3_digest(name_->suffix(skip)));
        if (match) break;
    }
    if (!match || skip == 0) return put_denial(match, rr::kNsec3);
    put_denial(match, rr::kNsec3);
    put_denial(zone_.nsec3_cover(zone_.nsec3_digest(name_->suffix(skip - 1))), rr::kNsec3);
    if (!with_wildcard) return;
    const LookupName star = name_->wildcard_of(skip);
    put_denial(zone_.nsec3_cover(zone_.nsec3_digest(star.wire())), rr::kNsec3);
}

void Lookup::prove_no_name(NodeView, unsigned skip) noexcept {
    if (zone_.has_nsec3()) return prove_closest_encloser(skip, true);
    if (!zone_.has_nsec()) return;
    put_denial(zone_.nsec_at_or_before(*name_), rr::kNsec);
    put_denial(zone_.nsec_at_or_before(name_->wildcard_of(skip)), rr::kNsec);
}

// Written once, with the zone (AnswerTail); `name_` is the apex.
void Lookup::prove_apex_without_wildcard() noexcept {
    const LookupName star = name_->wildcard_of(0);
    if (!zone_.has_nsec3()) return put_denial(zone_.nsec_at_or_before(star), rr::kNsec);
    const NodeView match = zone_.nsec3_match(zone_.nsec3_digest(name_->wire()));
    if (!match) return;
    put_denial(match, rr::kNsec3);
    put_denial(zone_.nsec3_cover(zone_.nsec3_digest(star.wire())), rr::kNsec3);
}

// Goes with it: the name one label below the apex, or the whole name, is missing.
void Lookup::prove_next_closer(unsigned skip) noexcept {
    if (zone_.has_nsec3())
        put_denial(zone_.nsec3_cover(zone_.nsec3_digest(name_->suffix(skip - 1))), rr::kNsec3);
    else
        put_denial(zone_.nsec_at_or_before(*name_), rr::kNsec);
}

void Lookup::prove_no_data(NodeView node) noexcept {
    if (zone_.has_nsec3()) {
        if (expanded_) return prove_closest_encloser(encloser_skip_, true);
        const NodeView match = zone_.nsec3_match(zone_.nsec3_digest(name_->wire()));
        if (match) return put_denial(match, rr::kNsec3);
        return prove_closest_encloser(0, false);  // opt-out (RFC 5155 7.2.4)
    }
    if (!zone_.has_nsec()) return;
    // An empty non-terminal has no NSEC of its own; the one before it shows that it is empty.
    if (node.find(rr::kNsec))
        put_denial(node, rr::kNsec);
    else
        put_denial(zone_.nsec_at_or_before(expanded_ ? name_->wildcard_of(encloser_skip_) : *name_),
                   rr::kNsec);
    if (expanded_) put_denial(zone_.nsec_at_or_before(*name_), rr::kNsec);
}

void Lookup::note_expansion() noexcept {
    if (signatures_ == Signatures::Leave) return;
    if (zone_.has_nsec3()) {
        const Nsec3Digest next_closer = zone_.nsec3_digest(name_->suffix(encloser_skip_ - 1));
        expansions_.push(zone_.nsec3_cover(next_closer));
    } else if (zone_.has_nsec()) {
        expansions_.push(zone_.nsec_at_or_before(*name_));
    }
}

void Lookup::prove_expansions() noexcept {
    for (const NodeView proof : expansions_) {  // of different zones, perhaps
        put_denial(proof, rr::kNsec3);
        put_denial(proof, rr::kNsec);
    }
}

void Lookup::prove_unsigned_cut(NodeView cut, unsigned skip) noexcept {
    if (zone_.has_nsec3()) {
        const NodeView match = zone_.nsec3_match(zone_.nsec3_digest(name_->suffix(skip)));
        if (match) return put_denial(match, rr::kNsec3);
        return prove_closest_encloser(skip, false);
    }
    if (zone_.has_nsec()) put_denial(cut, rr::kNsec);
}

}  // namespace vedette::dnsd
