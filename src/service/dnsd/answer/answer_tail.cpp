#include "service/dnsd/answer/answer_tail.hpp"

#include <array>
#include <cstring>

#include "service/dnsd/answer/lookup.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kPointerReach = 0x4000;
// A tail is a courtesy or one SOA: longer ones do not fit a datagram anyway.
constexpr std::size_t kMaxTailBytes = 1'024;

std::uint16_t load_u16(ByteView bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

std::size_t skip_name(ByteView message, std::size_t at) noexcept {
    while (message[at] != 0 && message[at] < 0xc0)
        at += message[at] + 1U;
    return message[at] == 0 ? at + 1 : at + 2;
}

/// A question below the apex, as every question that gets a tail is at or below it.
Query model_question(const Zone& zone, std::array<std::uint8_t, 512>& packet,
                     bool with_signatures) {
    const ByteView apex = zone.apex().name();
    packet.fill(0);
    std::memcpy(packet.data() + kHeaderBytes, apex.data(), apex.size());
    Query query;
    query.packet = packet;
    query.name.assign(apex);
    query.question_end = static_cast<std::uint16_t>(kHeaderBytes + apex.size() + 4);
    query.rclass = kClassIn;
    query.edns.dnssec_ok = with_signatures;
    return query;
}

template <typename Compose>
AnswerTail compose(const Zone& zone, bool with_signatures, const Compose& composing) {
    std::array<std::uint8_t, 512> packet;
    std::array<std::uint8_t, 4'096> out;
    const Query query = model_question(zone, packet, with_signatures);
    MessageWriter writer(out, out.size());
    (void)writer.put(ByteView(packet).first(query.question_end));
    Lookup lookup(zone, query, writer);
    const AnswerHeader header = composing(lookup);
    AnswerTail tail;
    if (header.truncated || writer.size() - query.question_end > kMaxTailBytes) return tail;
    tail.authority = header.authority;
    tail.additional = header.additional;
    tail.capture(writer.bytes(), query.question_end, kHeaderBytes);
    return tail;
}

AnswerHeader compose_positive(Lookup& lookup) {
    return lookup.compose_positive_tail();
}

AnswerHeader compose_negative(Lookup& lookup) {
    return lookup.compose_negative_tail();
}

std::unique_ptr<const SignedTails> compose_signed(const Zone& zone) {
    if (!zone.has_nsec() && !zone.has_nsec3()) return nullptr;
    auto tails = std::make_unique<SignedTails>();
    tails->positive = compose(zone, true, compose_positive);
    tails->negative = compose(zone, true, compose_negative);
    tails->no_name = compose(zone, true, [&](Lookup& lookup) {
        return lookup.compose_no_name_tail(tails->no_name_proofs);
    });
    return tails;
}

std::vector<NodeView> name_servers_of(const Zone& zone) {
    std::vector<NodeView> nodes;
    const RrsetView ns = zone.apex().find(rr::kNs);
    if (!ns) return nodes;
    StoredRecords records(ns.records());
    ByteView whole;
    ByteView target;
    LookupName name;
    const KeptName& apex = zone.apex_name();
    while (records.next(whole, target)) {
        name.assign(target);
        if (!name.is_at_or_below(apex.wire(), apex.labels())) continue;
        if (const NodeView node = zone.find_or_expand(name)) nodes.push_back(node);
    }
    return nodes;
}

}  // namespace

void AnswerTail::note_pointer(ByteView message, std::size_t name, std::size_t start,
                              std::size_t apex_at) {
    std::size_t last = name;
    while (message[last] != 0 && message[last] < 0xc0)
        last += message[last] + 1U;
    if (message[last] == 0) return;
    const std::size_t end = last + 2;
    const std::size_t target = load_u16(message, end - 2) & 0x3fffU;
    const bool into_tail = target >= start;
    pointers_.push_back({static_cast<std::uint16_t>(end - 2 - start),
                         static_cast<std::uint16_t>(target - (into_tail ? start : apex_at)),
                         into_tail});
}

void AnswerTail::capture(ByteView message, std::size_t start, std::size_t apex_at) {
    for (std::size_t at = start; at < message.size();) {
        note_pointer(message, at, start, apex_at);
        const std::size_t fixed = skip_name(message, at);
        const std::uint16_t type = load_u16(message, fixed);
        const std::size_t rdata = fixed + 10;
        if (type == rr::kNs || type == rr::kSoa) note_pointer(message, rdata, start, apex_at);
        if (type == rr::kSoa) note_pointer(message, skip_name(message, rdata), start, apex_at);
        at = rdata + load_u16(message, fixed + 8);
    }
    bytes_.assign(message.begin() + static_cast<std::ptrdiff_t>(start), message.end());
}

bool AnswerTail::put(MessageWriter& writer, std::size_t apex_at) const noexcept {
    const std::size_t start = writer.size();
    if (start + bytes_.size() > kPointerReach || !writer.put(bytes_)) return false;
    const std::span<std::uint8_t> message = writer.bytes();
    for (const Pointer& pointer : pointers_) {
        const std::size_t target = pointer.target + (pointer.into_tail ? start : apex_at);
        message[start + pointer.at] = static_cast<std::uint8_t>(0xc0U | target >> 8U);
        message[start + pointer.at + 1] = static_cast<std::uint8_t>(target);
    }
    return true;
}

ServedZonePointer prepare_zone(ZonePointer zone) {
    auto served = std::make_shared<ServedZone>();
    served->positive = compose(*zone, false, compose_positive);
    served->negative = compose(*zone, false, compose_negative);
    served->with_signatures = compose_signed(*zone);
    served->name_servers = name_servers_of(*zone);
    served->zone = std::move(zone);
    return served;
}

}  // namespace vedette::dnsd
