#include "service/dnsd/answer/message_writer.hpp"

#include <algorithm>
#include <cstring>

#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kPointerReach = 0x4000;

std::uint32_t load_u32(const std::uint8_t* from) noexcept {
    return std::uint32_t{from[0]} << 24U | std::uint32_t{from[1]} << 16U |
           std::uint32_t{from[2]} << 8U | from[3];
}

void store_u16(std::uint8_t* to, std::size_t value) noexcept {
    to[0] = static_cast<std::uint8_t>(value >> 8U);
    to[1] = static_cast<std::uint8_t>(value);
}

void store_u32(std::uint8_t* to, std::uint32_t value) noexcept {
    store_u16(to, value >> 16U);
    store_u16(to + 2, value & 0xffffU);
}

/// RDATA whose names may be compressed (RFC 3597 4): octets before them, and how many there are.
struct NameLayout {
    std::uint8_t prefix;
    std::uint8_t names;
};

NameLayout name_layout(std::uint16_t type) noexcept {
    switch (type) {
        case rr::kSoa:
        case rr::kMinfo:
            return {0, 2};
        case rr::kMx:
            return {2, 1};
        default:
            return {0, 1};
    }
}

std::size_t name_length(ByteView bytes) noexcept {
    std::size_t at = 0;
    while (bytes[at] != 0)
        at += bytes[at] + 1U;
    return at + 1;
}

}  // namespace

bool MessageWriter::put_u32(std::uint32_t value) noexcept {
    if (room() < 4) return false;
    store_u32(out_.data() + position_, value);
    position_ += 4;
    return true;
}

void MessageWriter::index(const LookupName& name, unsigned first, unsigned last,
                          std::size_t at) noexcept {
    for (unsigned i = first; i < last && entry_count_ < kMaxEntries; ++i) {
        const std::size_t offset = at + name.offset(i) - name.offset(first);
        if (offset >= kPointerReach) return;
        entries_[entry_count_++] = {name.hash(i), static_cast<std::uint16_t>(offset)};
    }
}

template <typename Same>
bool MessageWriter::stands_at(std::size_t offset, ByteView name, Same same) const noexcept {
    while (true) {
        const std::uint8_t length = out_[offset];
        if (length >= 0xc0) {  // written by put_name, so it points backwards
            offset = std::size_t{length & 0x3fU} << 8U | out_[offset + 1];
            continue;
        }
        if (length != name[0]) return false;
        if (length == 0) return true;
        if (!same(out_.subspan(offset + 1, length), name.subspan(1, length))) return false;
        offset += length + 1U;
        name = name.subspan(length + 1U);
    }
}

std::uint16_t MessageWriter::find(const LookupName& name, ByteView written,
                                  unsigned skip) const noexcept {
    const std::uint64_t hash = name.hash(skip);
    for (unsigned i = 0; i < entry_count_; ++i) {
        const std::uint16_t offset = entries_[i].offset;
        if (entries_[i].hash != hash) continue;
        const bool found =
            keeps_case_ ? stands_at(offset, written.subspan(name.offset(skip)),
                                    [](ByteView a, ByteView b) { return std::ranges::equal(a, b); })
                        : stands_at(offset, name.suffix(skip), &equals_lower);
        if (found) return static_cast<std::uint16_t>(0xc000U | offset);
    }
    return 0;
}

bool MessageWriter::put_name(const LookupName& name, ByteView written,
                             std::uint16_t& pointer) noexcept {
    const std::size_t start = position_;
    const unsigned labels = name.labels();
    std::uint16_t tail = 0;
    unsigned kept = 0;
    while (kept < labels && (tail = find(name, written, kept)) == 0)
        ++kept;
    if (!put(written.first(name.offset(kept)))) return false;
    if (tail != 0 ? !put_u16(tail) : !put(written.last(1))) {
        position_ = start;
        return false;
    }
    pointer = kept == 0 ? tail : std::uint16_t{0};
    if (kept != 0 && start < kPointerReach) {
        pointer = static_cast<std::uint16_t>(0xc000U | start);
        index(name, 0, kept, start);
    }
    return true;
}

bool MessageWriter::put_owner(OwnerName& owner) noexcept {
    if (owner.pointer != 0) return put_u16(owner.pointer);
    return put_name(*owner.name, owner.written, owner.pointer);
}

bool MessageWriter::put_rdata(std::uint16_t type, ByteView rdata) noexcept {
    const NameLayout layout = name_layout(type);
    const std::size_t length_at = position_ - 2;
    if (!put(rdata.first(layout.prefix))) return false;
    rdata = rdata.subspan(layout.prefix);
    LookupName name;
    for (unsigned i = 0; i < layout.names; ++i) {
        const std::size_t length = name_length(rdata);
        std::uint16_t unused = 0;
        name.assign(rdata.first(length));
        if (!put_name(name, rdata.first(length), unused)) return false;
        rdata = rdata.subspan(length);
    }
    if (!put(rdata)) return false;
    store_u16(out_.data() + length_at, position_ - length_at - 2);
    return true;
}

bool MessageWriter::put_records(ByteView records, OwnerName& owner, std::uint16_t flags,
                                std::uint32_t ttl_limit) noexcept {
    const bool compressible = (flags & RrsetFlags::kCompressible) != 0;
    if (!compressible && owner.pointer == kQuestionPointer && ttl_limit == UINT32_MAX)
        return put(records);
    StoredRecords stored(records);
    ByteView whole;
    ByteView rdata;
    while (stored.next(whole, rdata)) {
        if (!put_owner(owner)) return false;
        const std::size_t fixed = position_;
        if (!put(whole.subspan(2, kRecordHeaderBytes - 2))) return false;
        if (load_u32(whole.data() + 6) > ttl_limit) store_u32(out_.data() + fixed + 4, ttl_limit);
        const auto type = static_cast<std::uint16_t>(whole[2] << 8U | whole[3]);
        if (!(compressible ? put_rdata(type, rdata) : put(rdata))) return false;
    }
    return true;
}

bool MessageWriter::put_rrset(RrsetView rrset, OwnerName& owner, RrsetStyle style) noexcept {
    const Mark start = mark();
    const OwnerName owner_before = owner;
    const bool done = put_records(rrset.records(), owner, rrset.header().flags, style.ttl_limit) &&
                      (style.signatures == Signatures::Leave ||
                       put_records(rrset.signatures(), owner, 0, style.ttl_limit));
    if (!done) owner = owner_before;
    return done || undo(start);
}

bool MessageWriter::put_signatures(RrsetView rrset, OwnerName& owner) noexcept {
    const Mark start = mark();
    return put_records(rrset.signatures(), owner, 0, UINT32_MAX) || undo(start);
}

bool MessageWriter::put_cname(OwnerName& owner, std::uint32_t ttl, OwnerName& target) noexcept {
    const Mark start = mark();
    const bool fixed = put_owner(owner) && put_u16(rr::kCname) && put_u16(kClassIn) && put_u32(ttl);
    const std::size_t length_at = position_;
    if (!fixed || !put_u16(0) || !put_name(*target.name, target.written, target.pointer))
        return undo(start);
    store_u16(out_.data() + length_at, position_ - length_at - 2);
    return true;
}

}  // namespace vedette::dnsd
