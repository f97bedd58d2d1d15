// Rows for other programs: CSV (RFC 4180) and TSV. Spreadsheets execute cells that begin with
// = + - @, tab or carriage return; in CSV such cells get an apostrophe in front, which spreadsheets
// hide. TSV and JSON keep every value exact. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vedette::render {

/// One CSV record, ended by a newline. Cells with a comma, quotation mark or line break are quoted.
void append_csv(std::string& out, std::span<const std::string> cells);
/// One TSV record. Tab, newline, carriage return and backslash become \t \n \r \\.
void append_tsv(std::string& out, std::span<const std::string> cells);

}  // namespace vedette::render
