// docs/reference/filters.md, generated from the tables the parser reads.
#pragma once

#include <string>

namespace vedette::query {

/// The whole page in Markdown.
[[nodiscard]] std::string filter_reference();
/// The fields and their examples as aligned text, for `vedette help filters`.
[[nodiscard]] std::string filter_help();

}  // namespace vedette::query
