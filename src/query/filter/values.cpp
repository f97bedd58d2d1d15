#include "query/filter/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.hpp"
#include "query/filter/moment.hpp"
#include "query/filter/words.hpp"

namespace vedette::query {
namespace {

std::string expected(const FieldInfo& field) {
    return fmt::format("'{}:' takes {}", field.name, field.values);
}

std::string read_address(const FieldInfo& field, ValueText value, FilterTerm& term) {
    const auto prefix = Prefix::parse(value.text);
    if (!prefix) return expected(field);
    term.any_of.emplace_back(*prefix);
    return {};
}

/// An address when it reads as one, else a glob. Only `client:` takes MAC addresses.
std::string read_who(const FieldInfo& field, ValueText value, FilterTerm& term) {
    if (!value.quoted) {
        const auto mac = MacAddress::parse(value.text);
        if (mac && field.kind == ValueKind::Client) {
            term.any_of.emplace_back(*mac);
            return {};
        }
        if (const auto prefix = Prefix::parse(value.text)) {
            term.any_of.emplace_back(*prefix);
            return {};
        }
    }
    term.any_of.emplace_back(std::string(value.text));
    return {};
}

std::string read_latency(const FieldInfo& field, ValueText value, FilterTerm& term) {
    struct Sign {
        std::string_view text;
        FilterOperator op;
    };
    static constexpr std::array kSigns{
        Sign{">=", FilterOperator::GreaterEqual}, Sign{"<=", FilterOperator::LessEqual},
        Sign{">", FilterOperator::Greater}, Sign{"<", FilterOperator::Less}};
    for (const Sign& sign : kSigns) {
        if (!value.text.starts_with(sign.text)) continue;
        const auto length = parse_duration(value.text.substr(sign.text.size()));
        if (!length) break;
        term.op = sign.op;
        term.any_of.emplace_back(*length);
        return {};
    }
    return expected(field) + ", such as >200ms";
}

std::string read_moment(const FieldInfo& field, ValueText value, Timestamp now, FilterTerm& term) {
    const auto moment = parse_moment(value.text, now);
    if (!moment) {
        return expected(field) + ", such as 1h, 10:30, yesterday or 2026-11-21T10:00";
    }
    term.op = field.kind == ValueKind::Until ? FilterOperator::Less : FilterOperator::GreaterEqual;
    term.any_of.emplace_back(*moment);
    return {};
}

std::string read_flag(ValueText value, FilterTerm& term) {
    for (const FlagInfo& flag : flags()) {
        if (equal_words(flag.name, value.text)) {
            term.any_of.emplace_back(flag.flag);
            return {};
        }
    }
    return fmt::format("'{}' is not a state that 'is:' knows", value.text);
}

std::string read_word(const FieldInfo& field, ValueText value, FilterTerm& term) {
    const std::vector<std::uint64_t> numbers = find_numbers(field.kind, value.text);
    if (numbers.empty()) return fmt::format("'{}' is not a known {}", value.text, field.name);
    for (const std::uint64_t number : numbers)
        term.any_of.emplace_back(number);
    return {};
}

}  // namespace

std::string normal_name(std::string_view text) {
    std::string name(text);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    // A backslash with nothing to escape stands for itself; it must not escape the dot added below.
    const std::size_t tail = name.size() - (name.find_last_not_of('\\') + 1);
    if (tail % 2 != 0) name += '\\';
    std::size_t backslashes = 0;
    for (std::size_t i = name.size(); i > 1 && name[i - 2] == '\\'; --i)
        ++backslashes;
    const char last = name.empty() ? '\0' : name.back();
    const bool ended = backslashes % 2 == 0 && (last == '.' || last == '*' || last == '?');
    return ended ? name : name + '.';
}

std::string read_value(const FieldInfo& field, ValueText value, Timestamp now, FilterTerm& term) {
    switch (field.kind) {
        case ValueKind::Client:
        case ValueKind::Answer:
            return read_who(field, value, term);
        case ValueKind::Glob:
            term.any_of.emplace_back(std::string(value.text));
            return {};
        case ValueKind::NameGlob:
            term.any_of.emplace_back(normal_name(value.text));
            return {};
        case ValueKind::Prefix:
            return read_address(field, value, term);
        case ValueKind::Latency:
            return read_latency(field, value, term);
        case ValueKind::Since:
        case ValueKind::Until:
            return read_moment(field, value, now, term);
        case ValueKind::Flag:
            return read_flag(value, term);
        case ValueKind::Date:
            return expected(field);  // two terms; the parser reads it
        default:
            return read_word(field, value, term);
    }
}

}  // namespace vedette::query
