#include "base/suggest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vedette {
namespace {

constexpr std::size_t kLongestWord = 40;

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Optimal string alignment distance; words longer than kLongestWord are infinitely far.
std::size_t distance(std::string_view a, std::string_view b) noexcept {
    if (a.size() > kLongestWord || b.size() > kLongestWord) return kLongestWord;
    using Row = std::array<std::size_t, kLongestWord + 1>;
    Row before{};
    Row above{};
    Row row{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before = above;
        above = row;
    }
    return above[b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view typed, std::span<const std::string_view> known) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const std::string_view word : known) {
        const std::size_t d = distance(typed, word);
        // A distance as long as the word itself means that nothing was recognized.
        if (d < best_distance && d < word.size()) {
            best = word;
            best_distance = d;
        }
    }
    return best;
}

}  // namespace vedette
