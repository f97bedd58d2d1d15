#include "app/output/listing.hpp"

#include "render/json/json_line.hpp"
#include "render/table/delimited.hpp"

namespace vedette::app {
namespace {

// A table is measured over this many rows; later ones are cut to fit.
constexpr std::size_t kMeasuredRows = 1'000;

std::vector<render::TextColumn> table_columns(const std::vector<ListingColumn>& columns) {
    std::vector<render::TextColumn> out;
    for (const ListingColumn& column : columns)
        out.push_back(column.table);
    return out;
}

const std::string& machine_text(const ListingCell& cell) {
    return cell.machine.empty() ? cell.text : cell.machine;
}

void add_items(render::JsonLine& line, std::string_view items) {
    while (!items.empty()) {
        const std::size_t blank = items.find(' ');
        line.item(items.substr(0, blank));
        items = blank == std::string_view::npos ? "" : items.substr(blank + 1);
    }
}

}  // namespace

Listing::Listing(Output& output, Format format, render::Color color,
                 std::vector<ListingColumn> columns)
    : output_(output),
      format_(format),
      columns_(std::move(columns)),
      table_(table_columns(columns_), color) {
    if (format != Format::Csv && format != Format::Tsv) return;
    std::vector<std::string> titles;
    for (const ListingColumn& column : columns_)
        titles.emplace_back(column.key);
    add_delimited(titles);
}

void Listing::add_delimited(const std::vector<std::string>& cells) {
    std::string out;
    if (format_ == Format::Csv) {
        render::append_csv(out, cells);
    } else {
        render::append_tsv(out, cells);
    }
    output_.write(out);
}

void Listing::add_json(const std::vector<ListingCell>& cells) {
    std::string out;
    render::JsonLine line(out);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string& text = machine_text(cells[i]);
        if (text.empty()) continue;
        switch (cells[i].json) {
            case ListingCell::Json::Text:
                line.text(columns_[i].key, text);
                break;
            case ListingCell::Json::Number:
                line.raw(columns_[i].key, text);
                break;
            case ListingCell::Json::List:
                line.begin_array(columns_[i].key);
                add_items(line, text);
                line.end_array();
                break;
        }
    }
    line.finish();
    output_.write(out);
}

void Listing::add(std::vector<ListingCell> cells) {
    ++rows_;
    if (format_ == Format::Jsonl) return add_json(cells);
    if (format_ == Format::Table) {
        std::vector<render::TextCell> row;
        for (ListingCell& cell : cells)
            row.push_back({std::move(cell.text), cell.tone});
        table_.add(std::move(row));
        if (table_.rows() == kMeasuredRows) finish();
        return;
    }
    std::vector<std::string> texts;
    for (const ListingCell& cell : cells)
        texts.push_back(machine_text(cell));
    add_delimited(texts);
}

void Listing::finish() {
    if (format_ != Format::Table || table_.rows() == 0) return;
    std::string out;
    table_.flush(out, output_.columns());
    output_.write(out);
}

}  // namespace vedette::app
