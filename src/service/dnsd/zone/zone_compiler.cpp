#include "service/dnsd/zone/zone_compiler.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "render/name_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kSoaNumbersBytes =
    20;  // RFC 1035 3.3.13: five 32-bit numbers after two names
constexpr std::size_t kQuadraticRecords = 16;

ByteView rdata_of(const auto& record) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(&record + 1), record.rdata_bytes};
}

/// The type a record is kept with: a signature stays with what it covers (RFC 4034 3.1.1).
std::uint16_t kept_with(const auto& record) noexcept {
    if (record.type != rr::kRrsig || record.rdata_bytes < 2) return record.type;
    const ByteView rdata = rdata_of(record);
    return static_cast<std::uint16_t>(rdata[0] << 8U | rdata[1]);
}

/// Orders the records of a name into RRsets, each with its signatures behind it.
std::uint32_t group_key(const auto& record) noexcept {
    return std::uint32_t{kept_with(record)} << 1U | (record.type == rr::kRrsig ? 1U : 0U);
}

std::uint16_t rrset_flags(std::uint16_t type) noexcept {
    switch (type) {
        case rr::kNs:
        case rr::kMx:
            return RrsetFlags::kCompressible | RrsetFlags::kTargets;
        case rr::kSrv:
            return RrsetFlags::kTargets;
        case rr::kCname:
        case rr::kPtr:
        case rr::kSoa:
        case rr::kMb:
        case rr::kMg:
        case rr::kMr:
        case rr::kMd:
        case rr::kMf:
        case rr::kMinfo:
            return RrsetFlags::kCompressible;
        default:
            return 0;
    }
}

std::uint32_t load_u32(ByteView bytes, std::size_t at) noexcept {
    return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
           std::uint32_t{bytes[at + 2]} << 8U | bytes[at + 3];
}

void put_u16(std::uint8_t* to, std::size_t value) noexcept {
    to[0] = static_cast<std::uint8_t>(value >> 8U);
    to[1] = static_cast<std::uint8_t>(value);
}

/// The 32 characters of base32hex (RFC 4648 7) that RFC 5155 3 makes of a digest.
bool decode_digest(ByteView label, Nsec3Digest& digest) noexcept {
    if (label.size() < 33 || label[0] != 32) return false;
    std::uint64_t bits = 0;
    unsigned count = 0;
    std::size_t out = 0;
    for (std::size_t i = 1; i <= 32; ++i) {
        const std::uint8_t c = label[i];
        unsigned value = 0;
        if (c >= '0' && c <= '9')
            value = c - '0';
        else if (c >= 'a' && c <= 'v')
            value = c - 'a' + 10U;
        else if (c >= 'A' && c <= 'V')
            value = c - 'A' + 10U;
        else
            return false;
        bits = bits << 5U | value;
        count += 5;
        if (count >= 8) {
            count -= 8;
            digest[out++] = static_cast<std::uint8_t>(bits >> count);
        }
    }
    return true;
}

}  // namespace

Result<ZonePointer> ZoneCompiler::compile() {
    mark_ancestors();
    VEDETTE_TRY(write_names());
    link_slots();
    zone_->blocks_.shrink();  // moves the blocks: before anything points into them
    VEDETTE_TRY(read_apex());
    sort_denial();
    Zone& zone = *zone_;
    zone.counts_.names = from_.names_.size();
    zone.counts_.bytes = sizeof(Zone) + zone.blocks_.bytes() + zone.slots_.bytes() +
                         zone.nsec_.capacity() * sizeof(std::uint32_t) +
                         zone.nsec_keys_.capacity() * sizeof(CanonicalKey) +
                         zone.nsec3_.capacity() * sizeof(Zone::Nsec3Entry);
    return ZonePointer(std::move(zone_));
}

void ZoneCompiler::mark_ancestors() {
    LookupName name;
    // The array grows while empty non-terminals are added; they are then visited themselves.
    for (std::uint32_t i = 1; i < from_.names_.size(); ++i)
        mark_name(i, name);
}

void ZoneCompiler::mark_name(std::uint32_t index, LookupName& name) {
    const unsigned apex_labels = from_.apex_.labels();
    name.assign(from_.name_of(from_.names_[index]));
    const unsigned depth = name.labels() - apex_labels;
    std::uint16_t flags = 0;
    for (unsigned skip = 1; skip <= depth; ++skip) {
        std::array<std::uint8_t, kMaxNameBytes> written;
        const Name child = from_.names_[index];
        const ByteView tail = from_.name_of(child).subspan(name.offset(skip));
        std::memcpy(written.data(), tail.data(), tail.size());
        const std::uint32_t ancestor = from_.intern(name, skip, {written.data(), tail.size()});
        Name& above = from_.names_[ancestor];
        if ((above.flags & (NameFlags::kCut | NameFlags::kDname)) != 0)
            flags |= NameFlags::kOccluded;
        const bool gone = (child.flags & NameFlags::kGone) != 0;
        if (skip == 1 && !gone && name.wire()[0] == 1 && name.wire()[1] == '*')
            above.flags |= NameFlags::kWildcardBelow;
    }
    from_.names_[index].flags |= flags;
}

Result<void> ZoneCompiler::write_names() {
    for (std::size_t i = 0; i < from_.names_.size(); ++i) {
        Name& name = from_.names_[i];
        gather(name);
        VEDETTE_TRY(check(name));
        if (zone_->blocks_.size() > UINT32_MAX - (1U << 24U))
            return fail(ErrorKind::InvalidInput, "the zone is larger than 16 GiB");
        write_block(name);
    }
    return {};
}

void ZoneCompiler::gather(const Name& name) {
    gathered_.clear();
    for (std::uint32_t offset = name.first_record; offset != 0;) {
        const Record& record = from_.record_at(offset);
        gathered_.push_back(&record);
        offset = record.next;
    }
    if (gathered_.size() < 2) return;
    // Signatures come behind the records that they cover; the order of the file, which is that of
    // the addresses, stays otherwise.
    std::ranges::sort(gathered_, [](const Record* a, const Record* b) {
        return std::pair(group_key(*a), a) < std::pair(group_key(*b), b);
    });
    remove_duplicates();
}

void ZoneCompiler::remove_duplicates() {  // RFC 2181 5
    const auto same = [](const Record* a, const Record* b) {
        return a->type == b->type && a->rdata_bytes == b->rdata_bytes &&
               std::memcmp(a + 1, b + 1, a->rdata_bytes) == 0;
    };
    if (gathered_.size() > kQuadraticRecords) {
        std::ranges::sort(gathered_, [](const Record* a, const Record* b) {
            if (group_key(*a) != group_key(*b)) return group_key(*a) < group_key(*b);
            return std::ranges::lexicographical_compare(rdata_of(*a), rdata_of(*b));
        });
        gathered_.erase(std::unique(gathered_.begin(), gathered_.end(), same), gathered_.end());
        return;
    }
    std::size_t kept = 0;
    for (const Record* record : gathered_) {
        const bool repeated = std::any_of(gathered_.begin(), gathered_.begin() + kept,
                                          [&](const Record* other) { return same(record, other); });
        if (!repeated) gathered_[kept++] = record;
    }
    gathered_.resize(kept);
}

Result<void> ZoneCompiler::check(const Name& name) {
    const auto wrong = [&](const char* what) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{}: {}", render::name_text(from_.name_of(name)), what));
    };
    std::size_t cnames = 0;
    std::size_t dnames = 0;
    std::size_t soas = 0;
    bool others = false;
    for (const Record* record : gathered_) {
        switch (record->type) {
            case rr::kCname:
                ++cnames;
                break;
            case rr::kDname:
                ++dnames;
                break;
            case rr::kSoa:
                ++soas;
                break;
            default:
                others |= record->type != rr::kRrsig && record->type != rr::kNsec &&
                          record->type != rr::kKey && record->type != rr::kSig &&
                          record->type != rr::kNxt;
        }
    }
    others |= dnames != 0 || (soas != 0 && !from_.made_up_soa_);
    if (cnames > 1) return wrong("more than one CNAME (RFC 2181 10.1)");
    if (cnames == 1 && others) return wrong("CNAME and other data (RFC 1034 3.6.2)");
    if (dnames > 1) return wrong("more than one DNAME (RFC 6672 2.4)");
    const bool is_apex = (name.flags & NameFlags::kApex) != 0;
    if (is_apex && soas == 0) return wrong("the zone has no SOA");
    if (is_apex && soas > 1) return wrong("more than one SOA");
    if (!is_apex && soas != 0) return wrong("SOA below the apex");
    return {};
}

void ZoneCompiler::write_block(Name& name) {
    auto& blocks = zone_->blocks_;
    const std::size_t start = blocks.size();
    const ByteView owner = from_.name_of(name);
    const std::size_t header_words = sizeof(BlockHeader) / 4 + padded4(owner.size()) / 4;
    blocks.append(header_words)[header_words - 1] = 0;
    std::memcpy(blocks.data() + start + sizeof(BlockHeader) / 4, owner.data(), owner.size());
    std::uint16_t rrsets = 0;
    bool only_nsec3 = !gathered_.empty();
    for (std::size_t begin = 0; begin < gathered_.size(); ++rrsets) {
        std::size_t end = begin;
        while (end < gathered_.size() && kept_with(*gathered_[end]) == kept_with(*gathered_[begin]))
            ++end;
        only_nsec3 &= kept_with(*gathered_[begin]) == rr::kNsec3;
        write_rrset(begin, end);
        begin = end;
    }
    if (only_nsec3) name.flags |= NameFlags::kNsec3Only;
    const BlockHeader header{static_cast<std::uint32_t>((blocks.size() - start) * 4),
                             name.name_bytes,
                             name.labels,
                             name.flags,
                             rrsets,
                             0};
    std::memcpy(blocks.data() + start, &header, sizeof(header));
    name.last_record = static_cast<std::uint32_t>(start);
    zone_->counts_.records += gathered_.size();
    note_denial(name);
}

std::size_t ZoneCompiler::write_rrset(std::size_t begin, std::size_t end) {
    auto& blocks = zone_->blocks_;
    RrsetHeader header{};
    header.type = kept_with(*gathered_[begin]);
    header.flags = rrset_flags(header.type);
    header.ttl = gathered_[begin]->ttl;
    for (std::size_t i = begin; i < end; ++i) {
        const auto bytes =
            static_cast<std::uint32_t>(kRecordHeaderBytes + gathered_[i]->rdata_bytes);
        const bool signature = gathered_[i]->type == rr::kRrsig;
        (signature ? header.signature_bytes : header.record_bytes) += bytes;
        ++(signature ? header.signature_count : header.record_count);
    }
    const std::size_t words =
        (sizeof(RrsetHeader) + padded4(header.record_bytes + header.signature_bytes)) / 4;
    std::uint32_t* place = blocks.append(words);
    place[words - 1] = 0;
    std::memcpy(place, &header, sizeof(header));
    auto* at = reinterpret_cast<std::uint8_t*>(place) + sizeof(header);
    for (std::size_t i = begin; i < end; ++i) {
        const Record& record = *gathered_[i];
        // One TTL for the whole RRset (RFC 2181 5.2): the first record's.
        const std::uint32_t ttl = record.type == rr::kRrsig ? record.ttl : header.ttl;
        const ByteView rdata = rdata_of(record);
        put_u16(at, 0xc00c);
        put_u16(at + 2, record.type);
        put_u16(at + 4, kClassIn);
        put_u16(at + 6, ttl >> 16U);
        put_u16(at + 8, ttl);
        put_u16(at + 10, rdata.size());
        if (!rdata.empty()) std::memcpy(at + kRecordHeaderBytes, rdata.data(), rdata.size());
        at += kRecordHeaderBytes + rdata.size();
    }
    return end;
}

void ZoneCompiler::note_denial(const Name& name) {
    for (const Record* record : gathered_) {
        if (record->type == rr::kNsec) {
            zone_->nsec_.push_back(name.last_record);
            return;
        }
        if (record->type == rr::kNsec3) {
            Zone::Nsec3Entry entry{{}, name.last_record};
            if (decode_digest(from_.name_of(name), entry.digest)) zone_->nsec3_.push_back(entry);
            return;
        }
    }
}

void ZoneCompiler::link_slots() {
    auto& slots = from_.slots_;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].block != 0) slots[i].block = from_.names_[slots[i].block - 1].last_record + 1;
    }
    zone_->slot_mask_ = slots.size() - 1;
    zone_->slots_ = std::move(slots);
}

Result<void> ZoneCompiler::read_apex() {
    Zone& zone = *zone_;
    zone.apex_name_ = KeptName(from_.apex_);
    zone.apex_ = zone.at(0);
    zone.soa_ = zone.apex_.find(rr::kSoa);
    ByteView whole;
    ByteView rdata;
    StoredRecords soa(zone.soa_.records());
    if (!soa.next(whole, rdata) || rdata.size() < kSoaNumbersBytes + 2)
        return fail(ErrorKind::InvalidInput, "the SOA record is damaged");
    zone.serial_ = load_u32(rdata, rdata.size() - kSoaNumbersBytes);
    zone.negative_ttl_ = std::min(zone.soa_.header().ttl, load_u32(rdata, rdata.size() - 4));

    const RrsetView parameters = zone.apex_.find(rr::kNsec3Param);
    if (!parameters) {
        zone.nsec3_.clear();
        return {};
    }
    StoredRecords records(parameters.records());
    while (records.next(whole, rdata)) {  // RFC 5155 4.1.2: flags other than zero are ignored
        if (rdata.size() < 5 || rdata[0] != 1 || rdata[1] != 0) continue;
        Nsec3Parameters chosen;
        chosen.iterations = static_cast<std::uint16_t>(rdata[2] << 8U | rdata[3]);
        chosen.salt_bytes = rdata[4];
        if (rdata.size() != std::size_t{5} + chosen.salt_bytes)
            return fail(ErrorKind::InvalidInput, "the NSEC3PARAM record is damaged");
        std::memcpy(chosen.salt.data(), rdata.data() + 5, chosen.salt_bytes);
        if (chosen.iterations > kMaxNsec3Iterations)
            return fail(ErrorKind::InvalidInput,
                        fmt::format("NSEC3PARAM asks for {} iterations; at most {} are served",
                                    chosen.iterations, kMaxNsec3Iterations));
        zone.nsec3_parameters_ = std::make_unique<const Nsec3Parameters>(chosen);
        return {};
    }
    zone.nsec3_.clear();
    return {};
}

void ZoneCompiler::sort_denial() {
    Zone& zone = *zone_;
    struct Keyed {
        CanonicalKey key;
        std::uint32_t block;
    };
    std::vector<Keyed> keyed;
    keyed.reserve(zone.nsec_.size());
    LookupName name;
    for (const std::uint32_t block : zone.nsec_) {
        name.assign(zone.at(block).name());
        keyed.push_back({canonical_key(name, zone.apex_name_.labels()), block});
    }
    std::ranges::sort(keyed, [&](const Keyed& a, const Keyed& b) {
        if (a.key != b.key) return a.key < b.key;
        return compare_canonical(zone.at(a.block).name(), zone.at(b.block).name()) < 0;
    });
    zone.nsec_.clear();
    zone.nsec_keys_.reserve(keyed.size());
    for (const Keyed& one : keyed) {
        zone.nsec_.push_back(one.block);
        zone.nsec_keys_.push_back(one.key);
    }
    zone.nsec_.shrink_to_fit();
    std::ranges::sort(zone.nsec3_, {}, &Zone::Nsec3Entry::digest);
    zone.nsec3_.shrink_to_fit();
}

}  // namespace vedette::dnsd
