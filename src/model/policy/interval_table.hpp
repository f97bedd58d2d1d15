// Nested ranges flattened into one sorted line of intervals, so that the longest match is one
// binary search. Built once, then constant: readers need no lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/address.hpp"

namespace vedette {

/// The address after one, for tables of addresses.
struct NextAddress {
    [[nodiscard]] std::optional<IpAddress> operator()(const IpAddress& address) const noexcept {
        IpAddress next = address;
        for (std::size_t i = next.octets.size(); i-- > 0;) {
            if (++next.octets[i] != 0) return next;
        }
        return std::nullopt;
    }
};

/// `Next` gives the key after one, or nothing after the last. Ranges nest or lie apart, as prefixes
/// do.
template <typename Key, typename Next>
class IntervalTable {
  public:
    struct Range {
        Key first;
        Key last;  ///< included
        std::uint32_t value = 0;
    };
    static constexpr std::uint32_t kNone = UINT32_MAX;

    IntervalTable() = default;
    /// Of two equal ranges the later one counts.
    explicit IntervalTable(std::vector<Range> ranges) {
        std::ranges::stable_sort(ranges, [](const Range& a, const Range& b) {
            return a.first != b.first ? a.first < b.first : a.last > b.last;
        });
        std::vector<const Range*> open;
        for (const Range& range : ranges) {
            while (!open.empty() && open.back()->last < range.first)
                close(open);
            begin(range.first, range.value);
            open.push_back(&range);
        }
        while (!open.empty())
            close(open);
    }

    /// The value of the narrowest range that holds `key`, else kNone.
    [[nodiscard]] std::uint32_t find(const Key& key) const noexcept {
        const auto after = std::upper_bound(starts_.begin(), starts_.end(), key);
        if (after == starts_.begin()) return kNone;
        return values_[static_cast<std::size_t>(after - starts_.begin()) - 1];
    }
    [[nodiscard]] bool empty() const noexcept { return starts_.empty(); }

  private:
    void begin(const Key& start, std::uint32_t value) {
        if (!starts_.empty() && starts_.back() == start) {
            values_.back() = value;
        } else {
            starts_.push_back(start);
            values_.push_back(value);
        }
    }
    void close(std::vector<const Range*>& open) {
        const Key last = open.back()->last;
        // Several may end here; what holds after them is the first that goes on.
        while (!open.empty() && open.back()->last == last)
            open.pop_back();
        if (const auto next = Next{}(last)) begin(*next, open.empty() ? kNone : open.back()->value);
    }

    std::vector<Key> starts_;
    std::vector<std::uint32_t> values_;
};

}  // namespace vedette
