// Filter -> text that parse_filter() reads back as the same filter: for saved searches, the links
// of the web pages, and messages.
#pragma once

#include <string>

#include "model/filter.hpp"

namespace vedette::query {

/// Canonical: one spelling per field, UTC moments, values quoted where they must be.
[[nodiscard]] std::string to_text(const Filter& filter);

}  // namespace vedette::query
