#include "service/answerer/address_pool.hpp"

#include <string_view>

namespace vedette::answerer {
namespace {

/// The lower 64 bits, where ranges count.
std::uint64_t low_half(const IpAddress& address) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i < 16; ++i)
        value = value << 8U | address.octets[i];
    return value;
}

IpAddress with_low_half(IpAddress address, std::uint64_t value) noexcept {
    for (std::size_t i = 0; i < 8; ++i)
        address.octets[15 - i] = static_cast<std::uint8_t>(value >> (8U * i));
    return address;
}

bool same_high_half(const IpAddress& a, const IpAddress& b) noexcept {
    return std::equal(a.octets.begin(), a.octets.begin() + 8, b.octets.begin());
}

struct Span {
    IpAddress first;
    IpAddress last;
};

/// The end of "192.0.2.11-15" is the start with its last part replaced.
std::optional<IpAddress> parse_end(std::string_view start, std::string_view end) {
    if (const auto whole = IpAddress::parse(end)) return whole;
    const std::size_t dot = start.rfind('.');
    if (dot == std::string_view::npos || end.empty()) return std::nullopt;
    return IpAddress::parse(std::string(start.substr(0, dot + 1)).append(end));
}

std::optional<Span> parse_span(std::string_view text) {
    if (text.find('/') != std::string_view::npos) {
        const auto prefix = Prefix::parse(text);
        if (!prefix) return std::nullopt;
        return Span{prefix->first(), prefix->last()};
    }
    const std::size_t dash = text.find('-');
    const auto first = IpAddress::parse(text.substr(0, dash));
    if (!first) return std::nullopt;
    if (dash == std::string_view::npos) return Span{*first, *first};
    const auto last = parse_end(text.substr(0, dash), text.substr(dash + 1));
    if (!last) return std::nullopt;
    return Span{*first, *last};
}

}  // namespace

Result<AddressPool> AddressPool::parse(const std::vector<std::string>& ranges) {
    AddressPool pool;
    for (const std::string& range : ranges)
        VEDETTE_TRY(pool.add(range));
    if (pool.v4_.size + pool.v6_.size == 0)
        return fail(ErrorKind::InvalidSettings, "the pool holds no address");
    return pool;
}

Result<void> AddressPool::add(const std::string& text) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorKind::InvalidSettings, "\"" + text + "\" " + std::string(why));
    };
    const auto span = parse_span(text);
    if (!span)
        return refuse("is no range of addresses such as 192.0.2.11-15 or 2001:db8::1-2001:db8::f");
    if (span->first.is_v4() != span->last.is_v4()) return refuse("mixes IPv4 and IPv6");
    if (span->last < span->first) return refuse("ends before it begins");
    const std::uint64_t begin = low_half(span->first);
    const std::uint64_t steps = low_half(span->last) - begin;
    Addresses& addresses = span->first.is_v4() ? v4_ : v6_;
    if (!same_high_half(span->first, span->last) || steps >= kMaxSize - addresses.size)
        return refuse("is more than 16,777,216 addresses");
    for (const Range& range : addresses.ranges) {
        const std::uint64_t other = low_half(range.first);
        const bool apart = !same_high_half(range.first, span->first) ||
                           begin > other + (range.count - 1) || begin + steps < other;
        if (!apart) return refuse("holds addresses that another range holds");
    }
    addresses.ranges.push_back({span->first, steps + 1});
    addresses.size += steps + 1;
    return {};
}

IpAddress AddressPool::at(Family family, std::uint64_t index) const noexcept {
    const Addresses& addresses = family == Family::V4 ? v4_ : v6_;
    VEDETTE_ASSERT(index < addresses.size);
    for (const Range& range : addresses.ranges) {
        if (index < range.count) return with_low_half(range.first, low_half(range.first) + index);
        index -= range.count;
    }
    return {};
}

}  // namespace vedette::answerer
