// Rows of results in the format the user asked for: a terminal table, JSON lines, CSV or TSV. One
// list of columns serves all four. Not thread safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/output/output.hpp"
#include "render/table/text_table.hpp"

namespace vedette::app {

enum class Format : std::uint8_t { Table, Jsonl, Csv, Tsv };

struct ListingColumn {
    std::string_view key;  ///< in JSON, CSV and TSV
    render::TextColumn table;
};

/// One value. `machine` is what JSON, CSV and TSV show when it differs from what people see.
struct ListingCell {
    enum class Json : std::uint8_t { Text, Number, List };

    std::string text;
    std::string machine = {};
    Json json = Json::Text;  ///< List: `machine` holds items separated by blanks
    render::Tone tone = render::Tone::Plain;
};

class Listing {
  public:
    Listing(Output& output, Format format, render::Color color, std::vector<ListingColumn> columns);
    void add(std::vector<ListingCell> cells);
    /// Prints what is still held back. In a table nothing is printed without rows.
    void finish();
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

  private:
    void add_json(const std::vector<ListingCell>& cells);
    void add_delimited(const std::vector<std::string>& cells);

    Output& output_;
    Format format_;
    std::vector<ListingColumn> columns_;
    render::TextTable table_;
    std::uint64_t rows_ = 0;
};

}  // namespace vedette::app
