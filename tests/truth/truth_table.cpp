#include "truth_table.hpp"

#include <charconv>
#include <fstream>

namespace vedette::truth {
namespace {

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t end = line.find('\t', begin);
        cells.push_back(line.substr(begin, end == std::string::npos ? end : end - begin));
        if (end == std::string::npos) return cells;
        begin = end + 1;
    }
}

std::string key_of(std::string_view file, std::string_view column) {
    return std::string(file) + '\t' + std::string(column);
}

}  // namespace

std::optional<std::vector<Row>> read_table(const std::string& path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::vector<Row> rows;
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') continue;
        const std::vector<std::string> cells = split(line);
        if (names.empty()) {
            names = cells;
            continue;
        }
        Row& row = rows.emplace_back();
        for (std::size_t i = 0; i < cells.size() && i < names.size(); ++i)
            row[names[i]] = cells[i];
    }
    return rows;
}

std::optional<std::uint64_t> number(const Row& row, std::string_view column) {
    const auto it = row.find(column);
    if (it == row.end()) return std::nullopt;
    std::uint64_t value = 0;
    const char* end = it->second.data() + it->second.size();
    const auto parsed = std::from_chars(it->second.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return value;
}

Exceptions::Exceptions(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        Exception entry;
        entry.ours = number(row, "ours").value_or(0);
        entry.theirs = number(row, "theirs").value_or(0);
        if (const auto it = row.find("reason"); it != row.end()) entry.reason = it->second;
        entries_[key_of(row.at("file"), row.at("column"))] = entry;
    }
}

const Exception* Exceptions::find(const std::string& file, std::string_view column) {
    const auto it = entries_.find(key_of(file, column));
    if (it == entries_.end()) return nullptr;
    it->second.used = true;
    return &it->second;
}

std::vector<std::string> Exceptions::unused() const {
    std::vector<std::string> keys;
    for (const auto& [key, entry] : entries_) {
        if (!entry.used) keys.push_back(key);
    }
    return keys;
}

}  // namespace vedette::truth
