#include "config/toml_file.hpp"

// Its assertions do not hold after a parse error ("[$x]") when errors are values. Without them a
// debug build does what a release build does.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <optional>

namespace vedette::config {
namespace {

std::optional<Scalar> read_scalar(const toml::node& node) {
    if (const auto* const flag = node.as_boolean()) return Scalar(flag->get());
    if (const auto* const number = node.as_integer()) return Scalar(number->get());
    if (const auto* const text = node.as_string()) return Scalar(text->get());
    return std::nullopt;
}

std::optional<RawValue> read_value(const toml::node& node) {
    if (const auto* const array = node.as_array()) {
        std::vector<Scalar> items;
        for (const toml::node& item : *array) {
            auto scalar = read_scalar(item);
            if (!scalar) return std::nullopt;
            items.push_back(std::move(*scalar));
        }
        return RawValue(std::move(items));
    }
    auto scalar = read_scalar(node);
    if (!scalar) return std::nullopt;
    return std::visit([](auto&& value) { return RawValue(std::move(value)); }, std::move(*scalar));
}

void read_entry(std::string name, const toml::node& node, toml::source_position place,
                FileContent& content) {
    if (auto value = read_value(node)) {
        content.entries.push_back({std::move(name), std::move(*value), place.line, place.column});
    } else {
        content.problems.push_back(
            {place.line, place.column, name + " has a kind of value that no setting takes"});
    }
}

/// `[section]`, and the named tables `[section.name]` in it; nothing lies deeper.
void read_section(std::string_view section, const toml::table& table, FileContent& content) {
    for (const auto& [key, node] : table) {
        const auto place = key.source().begin;
        const std::string name = std::string(section) + "." + std::string(key.str());
        const auto* const named = node.as_table();
        if (named == nullptr) {
            read_entry(name, node, place, content);
            continue;
        }
        content.tables.push_back({name, place.line, place.column});
        for (const auto& [inner, value] : *named) {
            read_entry(name + "." + std::string(inner.str()), value, inner.source().begin, content);
        }
    }
}

}  // namespace

FileContent parse_toml(std::string_view text) {
    FileContent content;
    const toml::parse_result result = toml::parse(text);
    if (!result) {
        const auto place = result.error().source().begin;
        content.problems.push_back(
            {place.line, place.column, std::string(result.error().description())});
        return content;
    }
    for (const auto& [key, node] : result.table()) {
        const auto place = key.source().begin;
        if (const auto* const section = node.as_table()) {
            read_section(key.str(), *section, content);
        } else {
            content.problems.push_back(
                {place.line, place.column,
                 "'" + std::string(key.str()) + "' stands outside a section such as [store]"});
        }
    }
    return content;
}

}  // namespace vedette::config
