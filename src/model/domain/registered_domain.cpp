#include "model/domain/registered_domain.hpp"

#include <algorithm>
#include <array>

#include "model/domain/suffix_hash.hpp"

namespace vedette {
namespace {

// Flags of a suffix in the table. A node that is only the middle of a longer rule has none.
constexpr std::uint8_t kRule = 1;       // "co.uk"
constexpr std::uint8_t kWildcard = 2;   // "*.ck": every label in front is a suffix too
constexpr std::uint8_t kException = 4;  // "!www.ck": registered after all

struct Place {
    std::uint64_t hash;  // 0 is an empty place
    std::uint8_t flags;
};

// kPlaces (a power of two, linear probing), kMaxRuleLabels
#include "suffix_table.inc"

constexpr std::size_t kMaxLabels = 127;

std::uint8_t find_flags(std::uint64_t hash) noexcept {
    for (std::size_t at = hash % kPlaces.size();; at = (at + 1) % kPlaces.size()) {
        if (kPlaces[at].hash == hash) return kPlaces[at].flags;
        if (kPlaces[at].hash == 0) return 0;
    }
}

struct Labels {
    std::array<std::uint8_t, kMaxLabels> starts;  // offsets of the length bytes
    std::size_t count = 0;
};

bool split(ByteView name, Labels& labels) noexcept {
    if (name.empty() || name.size() > 255 || name.back() != 0) return false;
    std::size_t at = 0;
    while (name[at] != 0) {
        if (name[at] > 63 || at + 1 + name[at] >= name.size() || labels.count == kMaxLabels) {
            return false;
        }
        labels.starts[labels.count++] = static_cast<std::uint8_t>(at);
        at += std::size_t{1} + name[at];
    }
    return at + 1 == name.size();
}

// How many labels the public suffix has: the longest matching rule, an exception minus one; 0 when
// no rule matches.
std::size_t suffix_labels(ByteView name, const Labels& labels) noexcept {
    std::size_t longest = 0;
    std::uint64_t hash = 0;
    bool parent_is_wildcard = false;
    const std::size_t deepest = std::min(labels.count, kMaxRuleLabels);
    for (std::size_t depth = 1; depth <= deepest; ++depth) {
        const std::size_t start = labels.starts[labels.count - depth];
        hash = extend_suffix_hash(hash, name.data() + start + 1, name[start]);
        const std::uint8_t flags = find_flags(hash);
        if ((flags & kException) != 0) return depth - 1;
        // Nobody registers the middle of a wildcard rule either: libpsl and browsers agree.
        if (parent_is_wildcard || (flags & (kRule | kWildcard)) != 0) longest = depth;
        parent_is_wildcard = (flags & kWildcard) != 0;
    }
    return longest;
}

}  // namespace

RegisteredDomain find_registered_domain(ByteView name) noexcept {
    Labels labels;
    if (!split(name, labels) || labels.count == 0) return {};
    const std::size_t matched = suffix_labels(name, labels);
    const std::size_t suffix = std::max<std::size_t>(matched, 1);  // the default rule "*"
    RegisteredDomain result;
    result.listed = matched != 0;
    result.suffix = name.subspan(labels.starts[labels.count - suffix]);
    if (labels.count == suffix) return result;
    const std::size_t domain_start = labels.starts[labels.count - suffix - 1];
    result.domain = name.subspan(domain_start);
    result.prefix = name.first(domain_start);
    result.prefix_labels = static_cast<std::uint8_t>(labels.count - suffix - 1);
    return result;
}

}  // namespace vedette
