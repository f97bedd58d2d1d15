#include "service/dnsd/zone/zone.hpp"

#include <algorithm>
#include <cstring>

namespace vedette::dnsd {

NodeView Zone::find(const LookupName& name, unsigned skip) const noexcept {
    const std::uint64_t hash = name.hash(skip);
    const auto tag = static_cast<std::uint32_t>(hash >> 32U);
    const ByteView wanted = name.suffix(skip);
    for (std::uint64_t i = hash & slot_mask_;; i = (i + 1) & slot_mask_) {
        const ZoneSlot slot = slots_[i];
        if (slot.block == 0) return {};
        if (slot.tag != tag) continue;
        const NodeView node = at(slot.block - 1);
        if (equals_lower(node.name(), wanted)) {
            return node.has(NameFlags::kNsec3Only) ? NodeView() : node;
        }
    }
}

NodeView Zone::find_or_expand(const LookupName& name) const noexcept {
    if (const NodeView node = find(name, 0)) return node;
    unsigned skip = 0;
    const NodeView encloser = closest_encloser(name, skip);
    if (!encloser.has(NameFlags::kWildcardBelow) ||
        encloser.has(NameFlags::kOccluded | NameFlags::kCut | NameFlags::kDname)) {
        return {};
    }
    return find(name.wildcard_of(skip), 0);
}

NodeView Zone::closest_encloser(const LookupName& name, unsigned& skip) const noexcept {
    // Every ancestor of an existing name exists (empty non-terminals are in the table), so
    // existence is monotonic along the ancestors and a binary search bounds hostile names.
    unsigned missing = 0;                                     // known not to exist
    unsigned existing = name.labels() - apex_name_.labels();  // the apex
    NodeView found = apex_;
    // Most misses are one label below something that exists.
    if (existing - missing > 1) {
        if (const NodeView parent = find(name, 1)) {
            skip = 1;
            return parent;
        }
        missing = 1;
    }
    while (existing - missing > 1) {
        const unsigned middle = missing + (existing - missing) / 2;
        if (const NodeView node = find(name, middle)) {
            existing = middle;
            found = node;
        } else {
            missing = middle;
        }
    }
    skip = existing;
    return found;
}

NodeView Zone::nsec_at_or_before(const LookupName& name) const noexcept {
    return at(nsec_[nsec_before(name)]);
}

// The last of the sorted names that is not behind `name`, round the end of the chain.
std::size_t Zone::nsec_before(const LookupName& name) const noexcept {
    const CanonicalKey key = canonical_key(name, apex_name_.labels());
    const auto keys = nsec_keys_.begin();
    std::size_t found = 0;
    for (std::size_t left = nsec_keys_.size(); left > 1;) {
        const std::size_t half = left / 2;
        // No branch: it would be guessed wrong every other time.
        found += keys[static_cast<std::ptrdiff_t>(found + half)] <= key ? half : 0;
        left -= half;
    }
    if (nsec_keys_[found] < key) return found;
    // All names with this key, of which the last was found.
    const auto first = nsec_keys_[found] == key
                           ? std::lower_bound(keys, keys + static_cast<std::ptrdiff_t>(found), key)
                           : keys;
    const auto begin = nsec_.begin() + (first - keys);
    const auto end = nsec_.begin() + static_cast<std::ptrdiff_t>(found) + 1;
    const auto after =
        std::upper_bound(begin, end, name.wire(), [this](ByteView value, std::uint32_t block) {
            return compare_canonical(value, at(block).name()) < 0;
        });
    return after == nsec_.begin() ? nsec_.size() - 1
                                  : static_cast<std::size_t>(after - nsec_.begin()) - 1;
}

Nsec3Digest Zone::nsec3_digest(ByteView name) const noexcept {
    return nsec3_hash(name, *nsec3_parameters_);
}

std::size_t Zone::nsec3_before(const Nsec3Digest& digest) const noexcept {
    const auto after = std::upper_bound(
        nsec3_.begin(), nsec3_.end(), digest,
        [](const Nsec3Digest& value, const Nsec3Entry& entry) { return value < entry.digest; });
    const auto index = static_cast<std::size_t>(after - nsec3_.begin());
    return index == 0 ? nsec3_.size() - 1 : index - 1;
}

NodeView Zone::nsec3_match(const Nsec3Digest& digest) const noexcept {
    const Nsec3Entry& entry = nsec3_[nsec3_before(digest)];
    return entry.digest == digest ? at(entry.block) : NodeView();
}

NodeView Zone::nsec3_cover(const Nsec3Digest& digest) const noexcept {
    return at(nsec3_[nsec3_before(digest)].block);
}

bool Zone::same_as(const Zone& other) const noexcept {
    return blocks_.size() == other.blocks_.size() &&
           std::memcmp(blocks_.data(), other.blocks_.data(),
                       blocks_.size() * sizeof(std::uint32_t)) == 0;
}

NodeView Zone::next_block(NodeView after) const noexcept {
    if (!after) return NodeView(reinterpret_cast<const BlockHeader*>(blocks_.data()));
    const auto* block = reinterpret_cast<const BlockHeader*>(after.name().data()) - 1;
    const auto* next = reinterpret_cast<const std::uint8_t*>(block) + block->block_bytes;
    const auto* end = reinterpret_cast<const std::uint8_t*>(blocks_.data() + blocks_.size());
    return next == end ? NodeView() : NodeView(reinterpret_cast<const BlockHeader*>(next));
}

}  // namespace vedette::dnsd
