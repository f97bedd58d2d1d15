#include "base/glob.hpp"

#include <algorithm>
#include <cstddef>

namespace vedette {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = kNone;  // the last '*', and where its run would end next
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            resume = t;
            continue;
        }
        const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
        const std::size_t at = escaped ? p + 1 : p;
        const bool any = !escaped && p < pattern.size() && pattern[p] == '?';
        if (at < pattern.size() && (any || lower(pattern[at]) == lower(text[t]))) {
            p = at + 1;
            ++t;
            continue;
        }
        if (star == kNone) return false;
        p = star;
        t = ++resume;
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool has_wildcard(std::string_view pattern) noexcept {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            ++i;
        } else if (pattern[i] == '*' || pattern[i] == '?') {
            return true;
        }
    }
    return false;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) noexcept {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
           part.empty();
}

}  // namespace vedette
