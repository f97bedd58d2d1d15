#include "service/replay/compare.hpp"

#include <algorithm>

#include "model/address.hpp"
#include "wire/dns/message.hpp"
#include "wire/dns/rdata.hpp"

namespace vedette::replay {
namespace {

using wire::dns::MessageView;
using wire::dns::RecordView;

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kTypeRrsig = 46;
constexpr unsigned kV4Network = 24;
constexpr unsigned kV6Network = 48;

std::uint64_t hash_bytes(std::uint64_t hash, ByteView bytes) noexcept {
    for (const std::uint8_t octet : bytes)
        hash = (hash ^ octet) * 0x100000001b3ULL;
    return mix64(hash);
}

/// Data of a type whose names compare in any case (RFC 4034 6.2 and RFC 6840 5.1 list them; here
/// every type with names in it).
bool has_names(std::uint16_t type) noexcept {
    return std::ranges::count(wire::dns::rdata_layout(type), wire::dns::RdataField::Name) != 0;
}

void fold_case(std::span<std::uint8_t> bytes) noexcept {
    for (std::uint8_t& octet : bytes) {
        if (octet >= 'A' && octet <= 'Z') octet = static_cast<std::uint8_t>(octet + ('a' - 'A'));
    }
}

void make_set(std::vector<std::uint64_t>& values) noexcept {
    std::ranges::sort(values);
    const auto rest = std::ranges::unique(values);
    values.erase(rest.begin(), rest.end());
}

bool overlap(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) noexcept {
    return std::ranges::any_of(
        a, [&](std::uint64_t value) { return std::ranges::binary_search(b, value); });
}

}  // namespace

AnswerComparer::AnswerComparer() : buffer_(wire::dns::kMaxExpandedRdata) {}

void AnswerComparer::read(ByteView message, Digest& digest) noexcept {
    digest.others.clear();
    digest.addresses.clear();
    digest.networks.clear();
    const MessageView view = MessageView::inspect(message);
    digest.rcode = view.full_rcode();
    digest.readable = view.has_header() &&
                      view.records_read(wire::dns::Section::Answer) == view.header().counts[1];
    auto cursor = view.records();
    RecordView record;
    while (cursor.next(record)) {
        if (record.section != wire::dns::Section::Answer) break;
        if (record.type == kTypeRrsig) continue;
        wire::dns::NameBuffer owner;
        if (!wire::dns::expand_name(message, record.owner_offset, owner)) continue;
        std::uint64_t hash = wire::dns::hash_name(owner.view());
        hash = mix64(hash ^ (std::uint64_t{record.type} << 16U | record.rclass));
        const ByteView data = wire::dns::expand_rdata(message, record, buffer_);
        const std::size_t wanted = record.type == kTypeA ? 4 : 16;
        if ((record.type == kTypeA || record.type == kTypeAaaa) && data.size() == wanted) {
            const IpAddress address = IpAddress::from_bytes(data);
            const Prefix network(address, record.type == kTypeA ? kV4Network : kV6Network);
            digest.addresses.push_back(hash ^ IpHash{}(address));
            digest.networks.push_back(hash ^ IpHash{}(network.address()));
            continue;
        }
        if (has_names(record.type) && data.data() == buffer_.data())
            fold_case(std::span(buffer_).first(data.size()));
        digest.others.push_back(hash_bytes(hash, data));
    }
    make_set(digest.others);
    make_set(digest.addresses);
    make_set(digest.networks);
}

Verdict AnswerComparer::compare(ByteView expected, ByteView got) noexcept {
    auto& [a, b] = digests_;
    read(expected, a);
    read(got, b);
    if (!a.readable || !b.readable)
        return std::ranges::equal(expected, got) ? Verdict::Same : Verdict::Differs;
    if (a.rcode != b.rcode || a.others != b.others) return Verdict::Differs;
    if (a.addresses == b.addresses) return Verdict::Same;
    if (a.addresses.empty() || b.addresses.empty()) return Verdict::Differs;
    const bool rotated = overlap(a.addresses, b.addresses) || a.networks == b.networks;
    return rotated ? Verdict::Rotated : Verdict::Differs;
}

}  // namespace vedette::replay
