#include "detect/answer/answer_content.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "model/domain/registered_domain.hpp"
#include "wire/dns/message.hpp"

namespace vedette::detect {
namespace {

namespace dns = wire::dns;

constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kNoError = 0;
constexpr std::uint16_t kNameError = 3;
constexpr std::size_t kTextAddresses = 3;
/// What one network has of the address space where no table says: RFC 4632, RFC 6177.
constexpr unsigned kOriginBitsV4 = 16;
constexpr unsigned kOriginBitsV6 = 32;

std::span<const IpAddress> addresses_of(const AnswerContent& answer) noexcept {
    return std::span(answer.addresses).first(answer.count);
}

bool same_origin(const IpAddress& a, const IpAddress& b, const OriginTable* origins) noexcept {
    if (a == b) return true;
    if (a.is_v4() != b.is_v4() || !is_public_address(a) || !is_public_address(b)) return false;
    if (origins != nullptr) {
        const auto first = origins->find(a);
        const auto second = origins->find(b);
        if (first && second) return *first == *second;
    }
    return Prefix(a, a.is_v4() ? kOriginBitsV4 : kOriginBitsV6).contains(b);
}

std::uint64_t tail_of(ByteView message, const dns::RecordView& record) noexcept {
    dns::NameBuffer target;
    const auto offset = static_cast<std::uint32_t>(record.rdata_offset);
    if (!dns::expand_name(message, offset, target)) return 0;
    const RegisteredDomain split = find_registered_domain(target.view());
    return dns::hash_name(split.domain.empty() ? target.view() : split.domain);
}

}  // namespace

bool is_nowhere(const IpAddress& address) noexcept {
    return address.is_loopback() || address.is_unspecified() ||
           (address.is_v4() && address.to_v4() >> 24U == 0);
}

bool is_public_address(const IpAddress& address) noexcept {
    return !is_nowhere(address) && !address.is_private();
}

bool AnswerContent::is_public() const noexcept {
    return count != 0 && std::ranges::all_of(addresses_of(*this), is_public_address);
}

bool AnswerContent::is_blocked() const noexcept {
    if (outcome == AnswerOutcome::Unusable) return false;
    return std::ranges::all_of(addresses_of(*this), is_nowhere);  // of none, too
}

std::string AnswerContent::to_text() const {
    if (outcome == AnswerOutcome::Unusable) return "no usable answer";
    if (outcome == AnswerOutcome::NoName) return "no such name";
    if (outcome == AnswerOutcome::NoAddress) return "no address";
    std::string text;
    const std::size_t shown = std::min<std::size_t>(count, kTextAddresses);
    for (const IpAddress& address : addresses_of(*this).first(shown)) {
        if (!text.empty()) text += ", ";
        text += address.to_text();
    }
    if (total > shown) text += fmt::format(" and {} more", total - shown);
    return text;
}

AnswerContent read_answer(ByteView message, std::uint16_t qtype) noexcept {
    AnswerContent content;
    const auto view = dns::MessageView::inspect(message);
    if (!view.has_header() || !view.header().is_response()) return content;
    if ((view.header().flags & dns::kFlagTc) != 0) return content;
    if (view.records_read(dns::Section::Answer) != view.header().counts[1]) return content;
    const std::uint16_t rcode = view.full_rcode();
    if (rcode == kNameError) content.outcome = AnswerOutcome::NoName;
    if (rcode != kNoError) return content;
    dns::RecordCursor records = view.records();
    for (dns::RecordView record; records.next(record);) {
        if (record.section != dns::Section::Answer) break;
        if (record.type == kTypeCname) content.tail = tail_of(message, record);
        const std::size_t width = qtype == kTypeA ? 4 : 16;
        if (record.type != qtype || record.rdata.size() != width) continue;
        ++content.total;
        if (content.count == content.addresses.size()) continue;
        content.addresses[content.count++] = IpAddress::from_bytes(record.rdata);
    }
    content.outcome = content.count == 0 ? AnswerOutcome::NoAddress : AnswerOutcome::Addresses;
    return content;
}

bool agrees(const AnswerContent& a, const AnswerContent& b, const OriginTable* origins) noexcept {
    if (a.outcome == AnswerOutcome::Unusable || b.outcome == AnswerOutcome::Unusable) return false;
    if ((a.count == 0) != (b.count == 0)) return false;
    if (a.count == 0) return true;
    if (a.tail != 0 && a.tail == b.tail && a.is_public() && b.is_public()) return true;
    return std::ranges::any_of(addresses_of(a), [&](const IpAddress& one) {
        return std::ranges::any_of(addresses_of(b), [&](const IpAddress& other) {
            return same_origin(one, other, origins);
        });
    });
}

}  // namespace vedette::detect
