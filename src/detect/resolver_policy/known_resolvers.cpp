#include "detect/resolver_policy/known_resolvers.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace vedette::detect {
namespace {

struct Row {
    std::string_view who;
    std::string_view names;
    std::string_view addresses;
};
constexpr std::array kRows{
#define VEDETTE_RESOLVER(who, names, addresses) Row{who, names, addresses},
#include "detect/resolver_policy/known_resolvers.def"
#undef VEDETTE_RESOLVER
};

template <typename Take>
void each_word(std::string_view words, Take&& take) {
    while (!words.empty()) {
        const std::size_t blank = words.find(' ');
        take(words.substr(0, blank));
        words = blank == std::string_view::npos ? "" : words.substr(blank + 1);
    }
}

struct Tables {
    std::vector<std::pair<IpAddress, std::string_view>> addresses;
    std::vector<std::pair<std::string_view, std::string_view>> names;
};

const Tables& tables() {
    static const Tables made = [] {
        Tables tables;
        for (const Row& row : kRows) {
            each_word(row.addresses, [&](std::string_view word) {
                const auto address = IpAddress::parse(word);
                VEDETTE_ASSERT(address.has_value());
                tables.addresses.emplace_back(*address, row.who);
            });
            each_word(row.names,
                      [&](std::string_view word) { tables.names.emplace_back(word, row.who); });
        }
        std::ranges::sort(tables.addresses);
        std::ranges::sort(tables.names);
        return tables;
    }();
    return made;
}

template <typename List, typename Key>
std::string_view find(const List& list, const Key& key) {
    const auto found = std::ranges::lower_bound(
        list, key, {}, [](const auto& row) -> const auto& { return row.first; });
    return found != list.end() && found->first == key ? found->second : std::string_view{};
}

}  // namespace

std::string_view known_resolver(const IpAddress& address) {
    return find(tables().addresses, address);
}

std::string_view known_resolver_name(std::string_view name) {
    while (!name.empty()) {
        const std::string_view who = find(tables().names, name);
        if (!who.empty()) return who;
        const std::size_t dot = name.find('.');
        name = dot == std::string_view::npos ? "" : name.substr(dot + 1);
    }
    return {};
}

}  // namespace vedette::detect
