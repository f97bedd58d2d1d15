#include "model/origin/origin_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace vedette {
namespace {

constexpr std::size_t kFields = 3;

struct Range {
    IpAddress first;
    IpAddress last;
    std::uint32_t system = 0;
};

/// The first three fields of a line; missing ones are empty.
std::array<std::string_view, kFields> split(std::string_view line) noexcept {
    std::array<std::string_view, kFields> fields;
    for (std::string_view& field : fields) {
        const std::size_t start = line.find_first_not_of(" \t\r");
        if (start == line.npos) break;
        line.remove_prefix(start);
        field = line.substr(0, line.find_first_of(" \t\r"));
        line.remove_prefix(field.size());
    }
    return fields;
}

/// A number at the start of the field; what follows '_' or ',' is a second origin.
std::optional<std::uint32_t> number(std::string_view field) noexcept {
    if (field.starts_with("AS")) field.remove_prefix(2);
    std::uint32_t value = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error != std::errc() || (stop != end && *stop != '_' && *stop != ',')) return std::nullopt;
    return value;
}

std::optional<Range> of_prefix(const std::optional<Prefix>& prefix, std::string_view system) {
    const auto origin = number(system);
    if (!prefix || !origin) return std::nullopt;
    return Range{prefix->first(), prefix->last(), *origin};
}

std::optional<Range> parse_line(const std::array<std::string_view, kFields>& fields) {
    if (fields[0].find('/') != fields[0].npos) {
        return of_prefix(Prefix::parse(fields[0]), fields[1]);
    }
    const auto first = IpAddress::parse(fields[0]);
    if (!first) return std::nullopt;
    if (const auto last = IpAddress::parse(fields[1])) {
        const auto origin = number(fields[2]);
        if (!origin || last->is_v4() != first->is_v4() || *last < *first) return std::nullopt;
        return Range{*first, *last, *origin};
    }
    const auto length = number(fields[1]);
    if (!length || *length > (first->is_v4() ? 32U : 128U)) return std::nullopt;
    return of_prefix(Prefix(*first, *length), fields[2]);
}

}  // namespace

Result<OriginTable> OriginTable::parse(std::string_view text) {
    std::vector<decltype(v4_)::Range> v4;
    std::vector<decltype(v6_)::Range> v6;
    for (std::size_t line_number = 1; !text.empty(); ++line_number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto fields = split(line);
        if (fields[0].empty() || fields[0].front() == '#' || fields[0].front() == ';') continue;
        const auto range = parse_line(fields);
        if (!range) {
            return fail(ErrorKind::InvalidSettings,
                        fmt::format("line {}: neither PREFIX AS, nor ADDRESS LENGTH AS, nor FIRST "
                                    "LAST AS: {}",
                                    line_number, line.substr(0, 80)));
        }
        if (range->system == 0) continue;  // not announced
        if (range->first.is_v4()) {
            v4.push_back({range->first.to_v4(), range->last.to_v4(), range->system});
        } else {
            v6.push_back({range->first, range->last, range->system});
        }
    }
    OriginTable table;
    table.v4_ = decltype(v4_)(std::move(v4));
    table.v6_ = decltype(v6_)(std::move(v6));
    return table;
}

std::optional<std::uint32_t> OriginTable::find(const IpAddress& address) const noexcept {
    const std::uint32_t system = address.is_v4() ? v4_.find(address.to_v4()) : v6_.find(address);
    if (system == decltype(v4_)::kNone) return std::nullopt;
    return system;
}

}  // namespace vedette
