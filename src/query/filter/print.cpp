#include "query/filter/print.hpp"

#include <algorithm>

#include "base/units.hpp"
#include "query/filter/fields.hpp"
#include "query/filter/moment.hpp"
#include "query/filter/words.hpp"

namespace vedette::query {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

bool is_plain(std::string_view text) noexcept {
    return !text.empty() && text.front() != '"' && std::ranges::none_of(text, [](char c) {
        return c == ',' || c == ' ' || (c >= '\t' && c <= '\r');
    });
}

/// Text that would read as an address without quotation marks.
bool reads_as_address(std::string_view text) noexcept {
    return MacAddress::parse(text) || Prefix::parse(text);
}

std::string phrase(std::string_view text) {
    const bool word = !text.empty() && text != "AND" && text != "OR" && text != "NOT" &&
                      std::ranges::all_of(text, [](char c) {
                          return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                 (c >= 'A' && c <= 'Z') || c == '_';
                      });
    return word ? std::string(text) : quoted(text);
}

std::string_view sign(FilterOperator op) noexcept {
    switch (op) {
        case FilterOperator::Less:
            return "<";
        case FilterOperator::LessEqual:
            return "<=";
        case FilterOperator::Greater:
            return ">";
        case FilterOperator::GreaterEqual:
            return ">=";
        case FilterOperator::Equal:
            break;
    }
    return "";
}

struct ValuePrinter {
    const FieldInfo& field;
    FilterOperator op;

    std::string operator()(const std::string& text) const {
        const bool address = (field.kind == ValueKind::Client || field.kind == ValueKind::Answer) &&
                             reads_as_address(text);
        return is_plain(text) && !address ? text : quoted(text);
    }
    std::string operator()(std::uint64_t number) const { return number_text(field.kind, number); }
    std::string operator()(const MacAddress& mac) const { return mac.to_text(); }
    std::string operator()(const Prefix& prefix) const {
        return prefix.is_single() ? prefix.address().to_text() : prefix.to_text();
    }
    std::string operator()(Timestamp moment) const { return moment_text(moment); }
    std::string operator()(Duration length) const {
        return std::string(sign(op)) + duration_text(length);
    }
    std::string operator()(FilterFlag flag) const {
        for (const FlagInfo& row : flags()) {
            if (row.flag == flag) return std::string(row.name);
        }
        return {};
    }
};

std::string term_text(const FilterTerm& term) {
    std::string out = term.negated ? "-" : "";
    const FieldInfo* const field = printed_as(term.field, term.op);
    if (field == nullptr) {
        const auto* const text =
            term.any_of.empty() ? nullptr : std::get_if<std::string>(&term.any_of[0]);
        return out + phrase(text == nullptr ? std::string_view() : *text);
    }
    out.append(field->name).append(":");
    for (std::size_t i = 0; i < term.any_of.size(); ++i) {
        if (i > 0) out += ',';
        out += std::visit(ValuePrinter{*field, term.op}, term.any_of[i]);
    }
    return out;
}

}  // namespace

std::string to_text(const Filter& filter) {
    std::string out;
    for (const FilterTerm& term : filter.terms) {
        if (!out.empty()) out += ' ';
        out += term_text(term);
    }
    return out;
}

}  // namespace vedette::query
