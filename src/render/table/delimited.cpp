#include "render/table/delimited.hpp"

namespace vedette::render {
namespace {

void append_csv_cell(std::string& out, std::string_view cell) {
    const bool formula =
        !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
    const bool quote = cell.find_first_of(",\"\r\n") != std::string_view::npos;
    if (quote) out += '"';
    if (formula) out += '\'';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    if (quote) out += '"';
}

void append_tsv_cell(std::string& out, std::string_view cell) {
    for (const char c : cell) {
        switch (c) {
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\\':
                out += "\\\\";
                break;
            default:
                out += c;
        }
    }
}

}  // namespace

void append_csv(std::string& out, std::span<const std::string> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += ',';
        append_csv_cell(out, cells[i]);
    }
    out += '\n';
}

void append_tsv(std::string& out, std::span<const std::string> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += '\t';
        append_tsv_cell(out, cells[i]);
    }
    out += '\n';
}

}  // namespace vedette::render
