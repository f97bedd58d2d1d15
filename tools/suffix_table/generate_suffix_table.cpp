// Compiles the public suffix list (Debian's publicsuffix) into the hash table of
// src/model/domain/registered_domain.cpp. Runs at build time only: its input is a trusted package
// file, its output a C++ fragment. Deterministic: the same list gives the same bytes.
//
// usage: generate_suffix_table OUT.inc public_suffix_list.dat
#include <idn2.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "model/domain/suffix_hash.hpp"

namespace {

constexpr unsigned kRule = 1;
constexpr unsigned kWildcard = 2;
constexpr unsigned kException = 4;

std::string to_ascii(const std::string& utf8) {
    char* ascii = nullptr;
    if (idn2_to_ascii_8z(utf8.c_str(), &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK) {
        std::fprintf(stderr, "cannot convert \"%s\" to ASCII\n", utf8.c_str());
        std::exit(1);
    }
    std::string result = ascii;
    idn2_free(ascii);
    return result;
}

/// Labels of a rule, rightmost first.
std::vector<std::string> reversed_labels(const std::string& rule) {
    std::vector<std::string> labels;
    std::size_t end = rule.size();
    while (true) {
        const std::size_t dot = end == 0 ? std::string::npos : rule.rfind('.', end - 1);
        const std::size_t start = dot == std::string::npos ? 0 : dot + 1;
        labels.push_back(rule.substr(start, end - start));
        if (dot == std::string::npos) return labels;
        end = dot;
    }
}

struct Table {
    std::map<std::uint64_t, unsigned> flags;       // by suffix hash
    std::map<std::uint64_t, std::string> spelled;  // to refuse colliding hashes
    std::size_t max_labels = 0;

    void add(std::string rule) {
        unsigned flag = kRule;
        if (rule.starts_with("!")) {
            flag = kException;
            rule.erase(0, 1);
        } else if (rule.starts_with("*.")) {
            flag = kWildcard;
            rule.erase(0, 2);
        }
        rule = to_ascii(rule);
        const std::vector<std::string> labels = reversed_labels(rule);
        std::uint64_t hash = 0;
        for (const std::string& label : labels) {
            hash = vedette::extend_suffix_hash(
                hash, reinterpret_cast<const std::uint8_t*>(label.data()), label.size());
        }
        const auto [known, fresh] = spelled.emplace(hash, rule);
        if (hash == 0 || known->second != rule) {
            std::fprintf(stderr, "%s and %s have one hash\n", rule.c_str(), known->second.c_str());
            std::exit(1);
        }
        flags[hash] |= flag;
        max_labels = std::max(max_labels, labels.size() + (flag == kWildcard ? 1 : 0));
    }
};

Table read_list(const char* path) {
    std::ifstream in(path);
    Table table;
    for (std::string line; std::getline(in, line);) {
        const std::string rule = line.substr(0, line.find_first_of(" \t\r"));
        if (rule.empty() || rule.starts_with("//")) continue;
        table.add(rule);
    }
    return table;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: generate_suffix_table OUT.inc public_suffix_list.dat\n");
        return 2;
    }
    const Table table = read_list(argv[2]);
    if (table.flags.size() < 100) {
        std::fprintf(stderr, "%s holds %zu rules, which is not a public suffix list\n", argv[2],
                     table.flags.size());
        return 1;
    }
    std::size_t places = 1;
    while (places < table.flags.size() * 3)
        places *= 2;
    std::vector<std::pair<std::uint64_t, unsigned>> slots(places);
    for (const auto& [hash, flag] : table.flags) {
        std::size_t at = hash % places;
        while (slots[at].first != 0)
            at = (at + 1) % places;
        slots[at] = {hash, flag};
    }
    std::ofstream out(argv[1]);
    out << "// Generated from the public suffix list; do not edit.\n"
        << "constexpr std::size_t kMaxRuleLabels = " << table.max_labels << ";\n"
        << "constexpr std::array<Place, " << places << "> kPlaces{{\n";
    for (const auto& [hash, flag] : slots)
        out << "{" << hash << "U," << flag << "},\n";
    out << "}};\n";
    return out ? 0 : 1;
}
