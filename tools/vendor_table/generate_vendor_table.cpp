// Compiles the IEEE's assignment lists (Debian's ieee-data) into the arrays of
// src/model/vendor/vendor_table.cpp. Runs at build time only: its input is a trusted package file,
// its output a C++ fragment. Deterministic: the same lists give the same bytes.
//
// usage: generate_vendor_table OUT.inc LIST.csv...
// Each list is an RFC 4180 table: registry, assignment (6, 7 or 9 hex digits), organization,
// address.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace {

using Fields = std::vector<std::string>;

/// The records of an RFC 4180 text; quoted fields may hold commas, doubled quotes and line ends.
std::vector<Fields> parse_csv(const std::string& text) {
    std::vector<Fields> records;
    Fields record;
    std::string field;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') {
                field += c;
            } else if (i + 1 < text.size() && text[i + 1] == '"') {
                field += text[++i];
            } else {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',' || c == '\n') {
            record.push_back(std::move(field));
            field.clear();
            if (c == '\n') {
                records.push_back(std::move(record));
                record.clear();
            }
        } else if (c != '\r') {
            field += c;
        }
    }
    if (!field.empty()) record.push_back(std::move(field));
    if (!record.empty()) records.push_back(std::move(record));
    return records;
}

/// One space between words, none at the ends. The lists also hold no-break and en spaces.
std::string tidy_name(std::string name) {
    for (const std::string& wide : {std::string("\xc2\xa0"), std::string("\xe2\x80\x82")}) {
        for (std::size_t at = name.find(wide); at != std::string::npos; at = name.find(wide)) {
            name.replace(at, wide.size(), " ");
        }
    }
    std::string tidy;
    for (const char c : name) {
        const bool blank = c == ' ' || static_cast<unsigned char>(c) < 0x20;
        if (!blank) {
            tidy += c;
        } else if (!tidy.empty() && tidy.back() != ' ') {
            tidy += ' ';
        }
    }
    while (!tidy.empty() && tidy.back() == ' ')
        tidy.pop_back();
    return tidy;
}

/// Assignments by prefix, one map per prefix length in hex digits.
struct Lists {
    std::map<std::uint64_t, std::string> oui24;
    std::map<std::uint64_t, std::string> block28;
    std::map<std::uint64_t, std::string> block36;

    std::map<std::uint64_t, std::string>* of_digits(std::size_t digits) {
        if (digits == 6) return &oui24;
        if (digits == 7) return &block28;
        return digits == 9 ? &block36 : nullptr;
    }
};

/// A prefix that was assigned twice keeps the alphabetically first name, whatever the list's order.
bool read_list(const char* path, Lists& lists) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        std::fprintf(stderr, "generate_vendor_table: cannot read %s\n", path);
        return false;
    }
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::size_t rows = 0;
    for (const Fields& fields : parse_csv(text)) {
        if (fields.size() < 3 ||
            fields[1].find_first_not_of("0123456789ABCDEFabcdef") != fields[1].npos)
            continue;
        auto* prefixes = lists.of_digits(fields[1].size());
        const std::string name = tidy_name(fields[2]);
        if (prefixes == nullptr || name.empty()) continue;
        const std::uint64_t prefix = std::stoull(fields[1], nullptr, 16);
        const auto [row, added] = prefixes->try_emplace(prefix, name);
        if (!added && name < row->second) row->second = name;
        ++rows;
    }
    if (rows == 0) std::fprintf(stderr, "generate_vendor_table: no assignments in %s\n", path);
    return rows != 0;
}

/// Ids in byte order of the names, so that a name is found by bisection. 0 and 1 are reserved.
std::map<std::string, unsigned> number_names(const Lists& lists) {
    std::map<std::string, unsigned> ids;
    for (const auto* prefixes : {&lists.oui24, &lists.block28, &lists.block36}) {
        for (const auto& [prefix, name] : *prefixes)
            ids.emplace(name, 0);
    }
    unsigned next = 2;
    for (auto& [name, id] : ids)
        id = next++;
    return ids;
}

template <typename Values>
void write_array(std::ostream& out, const char* type, const char* name, const Values& values) {
    out << "constexpr " << type << ' ' << name << "[] = {";
    std::size_t column = 0;
    for (const auto& value : values)
        out << (column++ % 16 == 0 ? "\n" : "") << value << ',';
    out << "\n};\n";
}

void write_names(std::ostream& out, const std::map<std::string, unsigned>& ids) {
    std::vector<std::size_t> offsets{0, 0};
    std::size_t size = std::string("randomized").size();
    offsets.push_back(size);
    out << "constexpr char kNames[] =\n\"randomized\"\n";
    for (const auto& [name, id] : ids) {
        out << '"';
        for (const char c : name) {
            if (c == '"' || c == '\\') out << '\\';
            out << c;
        }
        out << "\"\n";
        size += name.size();
        offsets.push_back(size);
    }
    out << ";\n";
    write_array(out, "std::uint32_t", "kNameOffsets", offsets);
}

void write_oui24(std::ostream& out, const Lists& lists,
                 const std::map<std::string, unsigned>& ids) {
    constexpr unsigned kSubdivided = 0x8000;
    std::vector<unsigned> index(65537, 0);
    std::vector<unsigned> third_octets;
    std::vector<unsigned> row_ids;
    const auto holds_blocks = [&lists](std::uint64_t oui) {
        const auto a = lists.block28.lower_bound(oui << 4U);
        const auto b = lists.block36.lower_bound(oui << 12U);
        return (a != lists.block28.end() && a->first >> 4U == oui) ||
               (b != lists.block36.end() && b->first >> 12U == oui);
    };
    for (const auto& [oui, name] : lists.oui24) {
        ++index[(oui >> 8U) + 1];
        third_octets.push_back(static_cast<unsigned>(oui & 0xffU));
        row_ids.push_back(ids.at(name) | (holds_blocks(oui) ? kSubdivided : 0U));
    }
    for (std::size_t i = 1; i < index.size(); ++i)
        index[i] += index[i - 1];
    write_array(out, "std::uint16_t", "kOuiIndex", index);
    write_array(out, "std::uint8_t", "kOuiThirdOctet", third_octets);
    write_array(out, "std::uint16_t", "kOuiVendor", row_ids);
}

void write_blocks(std::ostream& out, const char* name,
                  const std::map<std::uint64_t, std::string>& blocks,
                  const std::map<std::string, unsigned>& ids) {
    std::vector<std::uint64_t> prefixes;
    std::vector<unsigned> vendors;
    for (const auto& [prefix, vendor] : blocks) {
        prefixes.push_back(prefix);
        vendors.push_back(ids.at(vendor));
    }
    write_array(out, "std::uint64_t", (std::string(name) + "Prefix").c_str(), prefixes);
    write_array(out, "std::uint16_t", (std::string(name) + "Vendor").c_str(), vendors);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: generate_vendor_table OUT.inc LIST.csv...\n");
        return 2;
    }
    Lists lists;
    for (int i = 2; i < argc; ++i) {
        if (!read_list(argv[i], lists)) return 1;
    }
    // Every longer block stands in a 24-bit prefix that the lookup visits first.
    for (const auto& [prefix, name] : lists.block28)
        lists.oui24.try_emplace(prefix >> 4U, "IEEE Registration Authority");
    for (const auto& [prefix, name] : lists.block36)
        lists.oui24.try_emplace(prefix >> 12U, "IEEE Registration Authority");
    const auto ids = number_names(lists);
    if (ids.size() + 2 >= 0x8000 || lists.oui24.size() >= 0x10000) {
        std::fprintf(
            stderr,
            "generate_vendor_table: more names or prefixes than 15 and 16 bits can number\n");
        return 1;
    }
    std::ofstream out(argv[1], std::ios::binary | std::ios::trunc);
    out << "// Made by tools/vendor_table from the IEEE lists in Debian's ieee-data. Do not "
           "edit.\n";
    write_names(out, ids);
    write_oui24(out, lists, ids);
    write_blocks(out, "kBlock28", lists.block28, ids);
    write_blocks(out, "kBlock36", lists.block36, ids);
    out.flush();
    return out ? 0 : 1;
}
