#include "service/dnsd/answer/lookup.hpp"

#include <cstring>

#include "service/dnsd/answer/answer_tail.hpp"
#include "service/dnsd/answer/zone_set.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

// No RFC sets a bound; resolvers give up between 8 and 20.
constexpr unsigned kMaxChain = 16;
constexpr std::uint8_t kYxDomain = 6;

}  // namespace

RrsetView Lookup::find_records(NodeView node, std::uint16_t type) noexcept {
    const RrsetView rrset = node.find(type);
    // A signature without what it signs is no RRset.
    return rrset && rrset.header().record_count != 0 ? rrset : RrsetView();
}

AnswerHeader Lookup::run(const ServedZone* served) noexcept {
    header_.authoritative = true;
    served_ = served;
    return go_on();
}

Lookup::Lookup(const Lookup& before, const ServedZone& zone) noexcept
    : zone_(*zone.zone),
      query_(before.query_),
      zones_(before.zones_),
      steps_(before.steps_),
      writer_(before.writer_),
      signatures_(before.signatures_),
      header_(before.header_),
      indexed_(before.indexed_),
      followed_(before.followed_),
      written_(before.written_),
      expansions_(before.expansions_) {
    name_ = &followed_->name;
    owner_ = {0, name_, followed_->written.view()};
}

AnswerHeader Lookup::go_on() noexcept {
    while (steps_++ < kMaxChain && answer_name() == Step::Follow) {
    }
    if (next_ != nullptr && steps_ >= kMaxChain) next_ = nullptr;
    if (next_ != nullptr) return header_;
    if (!expansions_.empty()) prove_expansions();
    if (!pending_.empty()) put_additional();
    return header_;
}

AnswerHeader Lookup::compose_positive_tail() noexcept {
    put_apex_ns();
    put_additional();
    return header_;
}

AnswerHeader Lookup::compose_negative_tail() noexcept {
    put_soa();
    return header_;
}

AnswerHeader Lookup::compose_no_name_tail(ShortList<NodeView, 2>& proofs) noexcept {
    put_soa();
    prove_apex_without_wildcard();
    for (const NodeView proof : denials_)
        (void)proofs.push(proof);
    if (proofs.empty()) truncate();
    return header_;
}

Lookup::Step Lookup::answer_name() noexcept {
    expanded_ = false;
    if (const NodeView node = zone_.find(*name_, 0)) {
        if (!node.has(NameFlags::kOccluded | NameFlags::kCut)) return exact(node);
        // DS belongs to the upper side of a cut (RFC 4035 3.1.4.1).
        if (!node.has(NameFlags::kOccluded) && query_.type == rr::kDs) return exact(node);
        return at_or_below_boundary();
    }
    unsigned skip = 0;
    const NodeView encloser = zone_.closest_encloser(*name_, skip);
    if (encloser.has(NameFlags::kOccluded | NameFlags::kCut | NameFlags::kDname))
        return at_or_below_boundary();
    if (encloser.has(NameFlags::kWildcardBelow)) return wildcard(encloser, skip);
    return no_such_name(encloser, skip);
}

// Finds the highest cut or DNAME on the way down from the apex; there is one.
Lookup::Step Lookup::at_or_below_boundary() noexcept {
    for (unsigned skip = name_->labels() - zone_.apex_name().labels() + 1; skip-- > 0;) {
        const NodeView node = zone_.find(*name_, skip);
        if (node.has(NameFlags::kCut)) return referral(node, skip);
        if (skip > 0 && node.has(NameFlags::kDname)) return synthesize(node, skip);
    }
    return Step::Done;
}

Lookup::Step Lookup::exact(NodeView node) noexcept {
    if (query_.type == rr::kAny) return any(node);
    if (query_.type == rr::kRrsig) return all_signatures(node);
    if (const RrsetView rrset = find_records(node, query_.type)) {
        // Validators ask for keys, and know the servers already; answers with keys are long.
        const bool for_validator = query_.type == rr::kDs || query_.type == rr::kDnskey;
        if (!for_validator && put_positive(node, rrset)) return Step::Done;
        // A DNAME that is asked for may stand there already, because it led here (RFC 2181 5).
        const bool there = header_.answers != 0 && already_written(rrset, *name_);
        if ((there || put_answer(rrset)) && !for_validator) put_apex_ns();
        if (expanded_ && !there) note_expansion();
        return Step::Done;
    }
    if (node.has(NameFlags::kCname)) return follow_cname(find_records(node, rr::kCname));
    return no_data(node);
}

Lookup::Step Lookup::any(NodeView node) noexcept {  // RFC 8482 4.1: one RRset is enough
    RrsetView rrset = node.first();
    for (unsigned i = 0; i < node.rrset_count(); ++i, rrset = RrsetView(rrset.next())) {
        if (rrset.header().record_count == 0) continue;
        if (put_answer(rrset)) put_apex_ns();
        if (expanded_) note_expansion();
        return Step::Done;
    }
    return no_data(node);
}

// Signatures stand beside an alias (RFC 4035 2.5); where there is none, it is followed.
Lookup::Step Lookup::all_signatures(NodeView node) noexcept {
    index_question();
    const std::uint16_t before = header_.answers;
    RrsetView rrset = node.first();
    for (unsigned i = 0; i < node.rrset_count(); ++i, rrset = RrsetView(rrset.next())) {
        if (rrset.header().signature_count == 0) continue;
        if (!writer_.put_signatures(rrset, owner_)) {
            header_.truncated = true;
            return Step::Done;
        }
        header_.answers =
            static_cast<std::uint16_t>(header_.answers + rrset.header().signature_count);
    }
    if (header_.answers == before) {
        if (node.has(NameFlags::kCname)) return follow_cname(find_records(node, rr::kCname));
        return no_data(node);
    }
    put_apex_ns();
    if (expanded_) note_expansion();
    return Step::Done;
}

Lookup::Step Lookup::follow_cname(RrsetView cname) noexcept {
    if (already_written(cname, *name_)) return Step::Done;  // it leads round in a circle
    if (!put_answer(cname)) return Step::Done;
    if (expanded_) note_expansion();
    StoredRecords records(cname.records());
    ByteView whole;
    ByteView rdata;
    if (!records.next(whole, rdata)) return Step::Done;
    LookupName target;
    target.assign(rdata);
    return follow(target, rdata);
}

Lookup::Step Lookup::follow(const LookupName& target, ByteView written) noexcept {
    if (!followed_) followed_.emplace();
    Followed& followed = *followed_;
    followed.name = target;
    assign_name(followed.written, written);
    name_ = &followed.name;
    owner_ = {0, &followed.name, followed.written.view()};
    const ServedZone* nearest = zones_ == nullptr ? nullptr : zones_->find_for(target, query_.type);
    if (nearest != nullptr && nearest->zone.get() != &zone_) {
        next_ = nearest;
        return Step::Done;
    }
    const KeptName& apex = zone_.apex_name();
    return followed.name.is_at_or_below(apex.wire(), apex.labels()) ? Step::Follow : Step::Done;
}

Lookup::Step Lookup::synthesize(NodeView node, unsigned skip) noexcept {
    const RrsetView dname = find_records(node, rr::kDname);
    if (already_written(dname, *name_)) return Step::Done;  // two that lead to each other
    StoredRecords records(dname.records());
    ByteView whole;
    ByteView target;
    if (!records.next(whole, target)) return Step::Done;
    LookupName dname_name;
    dname_name.assign(node.name());
    OwnerName dname_owner{0, &dname_name, node.name()};
    if (!already_written(dname, dname_name) && !put_answer(dname, dname_owner)) return Step::Done;
    const std::size_t prefix = name_->offset(skip);
    if (prefix + target.size() > kMaxNameBytes) {  // RFC 6672 2.2
        header_.rcode = kYxDomain;
        return Step::Done;
    }
    OwnedName written;
    std::memcpy(written.bytes.data(), owner_.written.data(), prefix);
    std::memcpy(written.bytes.data() + prefix, target.data(), target.size());
    written.length = static_cast<std::uint8_t>(prefix + target.size());
    LookupName made;
    made.assign(written.view());
    OwnerName made_owner{0, &made, written.view()};
    if (!writer_.put_cname(owner_, dname.header().ttl, made_owner)) {
        truncate();
        return Step::Done;
    }
    ++header_.answers;
    // A DNAME that leads below itself never ends: one step shows it (as NSD does), more amplify.
    LookupName target_name;
    target_name.assign(target);
    const bool leads_below_itself =
        target_name.is_at_or_below(dname_name.wire(), dname_name.labels());
    if (query_.type == rr::kCname || leads_below_itself) return Step::Done;
    return follow(made, written.view());
}

Lookup::Step Lookup::wildcard(NodeView encloser, unsigned skip) noexcept {
    const LookupName star = name_->wildcard_of(skip);
    const NodeView node = zone_.find(star, 0);
    if (!node) return no_such_name(encloser, skip);
    expanded_ = true;
    encloser_skip_ = skip;
    return exact(node);
}

Lookup::Step Lookup::referral(NodeView cut, unsigned skip) noexcept {
    if (header_.answers == 0) header_.authoritative = false;
    const RrsetView ns = find_records(cut, rr::kNs);
    LookupName cut_name;
    cut_name.assign(cut.name());
    OwnerName owner{0, &cut_name, cut.name()};
    index_question();
    if (!writer_.put_rrset(ns, owner, {})) {
        truncate();
        return Step::Done;
    }
    header_.authority = static_cast<std::uint16_t>(header_.authority + ns.header().record_count);
    if (signatures_ == Signatures::Include) {
        const RrsetView ds = find_records(cut, rr::kDs);
        if (ds && ds.header().signature_count != 0)
            put_authority(ds, owner, UINT32_MAX);
        else
            prove_unsigned_cut(cut, skip);
    }
    pending_.push({ns, cut});
    return Step::Done;
}

std::size_t Lookup::apex_in_question() const noexcept {
    return kHeaderBytes + query_.name.offset(query_.name.labels() - zone_.apex_name().labels());
}

// Null: compose anew. Not for a chain of names, whose proofs may stand in the answer already.
const SignedTails* Lookup::signed_tails() const noexcept {
    if (served_ == nullptr || name_ != &query_.name || signatures_ == Signatures::Leave)
        return nullptr;
    return served_->with_signatures.get();
}

bool Lookup::put_positive(NodeView node, RrsetView rrset) noexcept {
    if (served_ == nullptr || name_ != &query_.name || rrset.header().flags != 0) return false;
    const SignedTails* const with_signatures = signed_tails();
    if (expanded_ && with_signatures != nullptr) return false;
    for (const NodeView server : served_->name_servers) {
        if (server.same_as(node)) return false;  // its addresses must not stand there twice
    }
    const AnswerTail& tail =
        with_signatures != nullptr ? with_signatures->positive : served_->positive;
    const std::size_t start = writer_.size();
    if (!writer_.put_rrset(rrset, owner_, {signatures_, UINT32_MAX})) return false;
    if (tail.ready() && !tail.put(writer_, apex_in_question())) {
        writer_.drop_back_to(start);
        return false;
    }
    count(header_.answers, rrset);
    header_.authority = tail.authority;
    header_.additional = tail.additional;
    return true;
}

bool Lookup::put_tail(const AnswerTail& tail) noexcept {
    if (!tail.ready() || !tail.put(writer_, apex_in_question())) return false;
    header_.authority = tail.authority;
    return true;
}

// The whole end of a negative answer without proofs.
bool Lookup::put_negative() noexcept {
    if (served_ == nullptr || name_ != &query_.name ||
        (signatures_ == Signatures::Include && served_->with_signatures != nullptr)) {
        return false;
    }
    return put_tail(served_->negative);
}

// Most names that do not exist miss only their first label.
bool Lookup::put_no_name_below_apex(NodeView encloser, unsigned skip) noexcept {
    const SignedTails* const tails = signed_tails();
    if (tails == nullptr || !encloser.same_as(zone_.apex()) || !put_tail(tails->no_name))
        return false;
    for (const NodeView proof : tails->no_name_proofs)
        (void)denials_.push(proof);
    prove_next_closer(skip);
    return true;
}

Lookup::Step Lookup::no_data(NodeView node) noexcept {
    if (put_negative()) return Step::Done;
    const SignedTails* const tails = signed_tails();
    if (tails == nullptr || !put_tail(tails->negative)) put_soa();
    if (signatures_ == Signatures::Include) prove_no_data(node);
    return Step::Done;
}

Lookup::Step Lookup::no_such_name(NodeView encloser, unsigned skip) noexcept {
    header_.rcode = static_cast<std::uint8_t>(Rcode::NxDomain);
    if (put_negative() || put_no_name_below_apex(encloser, skip)) return Step::Done;
    put_soa();
    if (signatures_ == Signatures::Include) prove_no_name(encloser, skip);
    return Step::Done;
}

void Lookup::count(std::uint16_t& section, RrsetView rrset) const noexcept {
    const RrsetHeader& rrset_header = rrset.header();
    section = static_cast<std::uint16_t>(
        section + rrset_header.record_count +
        (signatures_ == Signatures::Include ? rrset_header.signature_count : 0));
}

void Lookup::index_question() noexcept {
    if (!indexed_) writer_.index_question(query_.name);
    indexed_ = true;
}

bool Lookup::put_answer(RrsetView rrset) noexcept {
    return put_answer(rrset, owner_);
}

bool Lookup::put_answer(RrsetView rrset, OwnerName& owner) noexcept {
    const std::uint16_t flags = rrset.header().flags;
    if (flags != 0 || owner.pointer != kQuestionPointer) index_question();
    if (!writer_.put_rrset(rrset, owner, {signatures_, UINT32_MAX})) {
        truncate();
        return false;
    }
    count(header_.answers, rrset);
    (void)already_written(rrset, *owner.name);
    if ((flags & RrsetFlags::kTargets) != 0) pending_.push({rrset, {}});
    return true;
}

void Lookup::put_authority(RrsetView rrset, OwnerName owner, std::uint32_t ttl_limit) noexcept {
    index_question();
    if (!writer_.put_rrset(rrset, owner, {signatures_, ttl_limit})) {
        truncate();  // what the proofs need is required (RFC 4035 3.1.1)
        return;
    }
    count(header_.authority, rrset);
}

void Lookup::put_soa() noexcept {
    if (header_.truncated) return;
    const LookupName apex = zone_.apex_name().lookup();
    put_authority(zone_.soa(), {0, &apex, zone_.apex().name()}, zone_.negative_ttl());
}

// The zone's name servers go with a positive answer, as every server but the minimal ones does.
// They are a courtesy: what does not fit is left out without TC.
void Lookup::put_apex_ns() noexcept {
    const RrsetView ns = find_records(zone_.apex(), rr::kNs);
    if (!ns) return;
    const LookupName apex = zone_.apex_name().lookup();
    if (already_written(ns, apex)) return;
    index_question();
    OwnerName owner{0, &apex, zone_.apex().name()};
    if (!writer_.put_rrset(ns, owner, {signatures_, UINT32_MAX})) return;
    count(header_.authority, ns);
    pending_.push({ns, {}});
}

bool Lookup::already_written(RrsetView rrset, const LookupName& owner) noexcept {
    const Written one{&rrset.header(), owner.hash(0)};
    for (const Written& known : written_) {
        if (known.rrset == one.rrset && known.owner == one.owner) return true;
    }
    written_.push(one);
    return false;
}

}  // namespace vedette::dnsd
