// What a filter means, as code: the reference that every store's answers are compared with, and the
// filter of live views. Pure and thread safe.
#pragma once

#include "model/filter.hpp"
#include "model/log_query.hpp"

namespace vedette {

/// Whether the row satisfies one term, negation included.
[[nodiscard]] bool matches(const FilterTerm& term, const LogRow& row) noexcept;
/// Whether the row satisfies every term.
[[nodiscard]] bool matches(const Filter& filter, const LogRow& row) noexcept;

}  // namespace vedette
