// The fields of the filter language as data: the parser, the printer, the suggestions and the
// reference page all read this table. Immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/filter.hpp"

namespace vedette::query {

/// How the text of a value is read.
enum class ValueKind : std::uint8_t {
    Client,
    Glob,
    NameGlob,
    Answer,
    Prefix,
    Number16,
    Type,
    Rcode,
    Opcode,
    Transport,
    Protocol,
    MacSource,
    Latency,
    Since,
    Until,
    Date,
    Flag,
    Message,
    Anomaly,
};

struct FieldInfo {
    std::string_view name;
    FilterField field = FilterField::Text;
    ValueKind kind = ValueKind::Glob;
    std::string_view values;   ///< what may follow the colon, for the reference page
    std::string_view example;  ///< a whole term that parses
    std::string_view help;     ///< one sentence
};

/// A second spelling of a field.
struct FieldAlias {
    std::string_view alias;
    std::string_view name;
};

[[nodiscard]] std::span<const FieldInfo> fields() noexcept;
[[nodiscard]] std::span<const FieldAlias> field_aliases() noexcept;
/// By name or alias, ASCII case ignored; null when unknown.
[[nodiscard]] const FieldInfo* find_field(std::string_view name) noexcept;
/// The nearest field name to a mistyped one; empty when none is near.
[[nodiscard]] std::string_view suggest_field(std::string_view typed);
/// The table row that prints terms of `field`; null for FilterField::Text.
[[nodiscard]] const FieldInfo* printed_as(FilterField field, FilterOperator op) noexcept;

}  // namespace vedette::query
