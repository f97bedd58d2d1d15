// Who counts most of many, in bounded memory. Exact until more keys have come than are kept; then
// the lighter half is forgotten, again and again, so what stays is who was heavy. Deterministic.
// One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace vedette::captures {

/// `Value` needs a member `weight` (a number, not shrinking) and a default.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class HeavyHitters {
  public:
    struct Row {
        Key key;
        Value value;
    };

    explicit HeavyHitters(std::size_t most = std::size_t{1} << 17U) : most_(most) {}

    /// The value of `key`, made when it is new; valid until the next call.
    [[nodiscard]] Value& at(const Key& key) {
        const auto found = map_.find(key);
        if (found != map_.end()) return found->second;
        if (map_.size() >= most_) forget_light();
        return map_[key];
    }
    [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }
    /// Whether no key was ever forgotten: size() is how many there were.
    [[nodiscard]] bool exact() const noexcept { return exact_; }

    /// The `count` heaviest, heaviest first, equals in the order of their keys.
    [[nodiscard]] std::vector<Row> top(std::size_t count) const {
        std::vector<Row> rows;
        rows.reserve(map_.size());
        for (const auto& [key, value] : map_)
            rows.push_back({key, value});
        const std::size_t kept = std::min(count, rows.size());
        std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept),
                          rows.end(), [](const Row& a, const Row& b) {
                              if (a.value.weight != b.value.weight)
                                  return a.value.weight > b.value.weight;
                              return a.key < b.key;
                          });
        rows.resize(kept);
        return rows;
    }

  private:
    void forget_light() {
        std::vector<std::uint64_t> weights;
        weights.reserve(map_.size());
        for (const auto& [key, value] : map_)
            weights.push_back(value.weight);
        const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
        std::nth_element(weights.begin(), middle, weights.end());
        const std::uint64_t limit = *middle;
        // Of many equals at the limit none is better; all go.
        erase_if(map_, [limit](const auto& entry) { return entry.second.weight <= limit; });
        exact_ = false;
    }

    boost::unordered_flat_map<Key, Value, Hash> map_;
    std::size_t most_;
    bool exact_ = true;
};

}  // namespace vedette::captures
