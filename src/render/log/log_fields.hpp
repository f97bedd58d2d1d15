// Log rows for other programs. JSON lines have the keys of the day files (docs/formats/dayfile.md);
// CSV and TSV have the same names as titles, lists joined by a space. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/log_query.hpp"
#include "render/table/text_table.hpp"

namespace vedette::render {

/// Appends one JSON object and a newline.
void append_log_json(std::string& out, const LogRow& row);

/// The titles of CSV and TSV, and a row's cells in the same order.
[[nodiscard]] std::vector<std::string> log_titles();
[[nodiscard]] std::vector<std::string> log_cells(const LogRow& row);

/// The same for a terminal table.
[[nodiscard]] std::vector<TextColumn> log_table_columns();
[[nodiscard]] std::vector<TextCell> log_table_cells(const LogRow& row);

}  // namespace vedette::render
