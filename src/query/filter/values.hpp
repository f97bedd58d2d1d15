// One value of a term: text -> FilterValue, by the kind its field has. Used by the parser only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/filter.hpp"
#include "query/filter/fields.hpp"

namespace vedette::query {

/// `quoted` text is taken as text: never as an address.
struct ValueText {
    std::string_view text;
    bool quoted = false;
};

/// Appends what `value` means to `term` (and sets its operator). Returns an empty string, or what
/// was expected instead.
[[nodiscard]] std::string read_value(const FieldInfo& field, ValueText value, Timestamp now,
                                     FilterTerm& term);

/// A name glob in lower case, ended by the root's dot unless it ends in a wildcard.
[[nodiscard]] std::string normal_name(std::string_view text);

}  // namespace vedette::query
