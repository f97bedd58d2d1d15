#include "render/json/json_line.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.hpp"

namespace vedette::render {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\r':
            out += "\\r";
            return;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;  // start of the run not yet copied
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            ++i;
            continue;
        }
        const std::size_t sequence = c >= 0x80 ? utf8_at(text, i).length : 0;
        if (sequence != 0) {
            i += sequence;
            continue;
        }
        out.append(text, plain, i - plain);
        if (c >= 0x80) {
            out += kReplacement;
        } else {
            append_escaped(out, text[i]);
        }
        plain = ++i;
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

void JsonLine::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

void JsonLine::key(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
}

JsonLine& JsonLine::text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
    return *this;
}

JsonLine& JsonLine::number(std::string_view name, std::int64_t value) {
    key(name);
    fmt::format_to(std::back_inserter(out_), "{}", value);
    return *this;
}

JsonLine& JsonLine::boolean(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
    return *this;
}

JsonLine& JsonLine::seconds(std::string_view name, std::int64_t nanos) {
    key(name);
    const std::int64_t micros = nanos / kNanosPerMicro;
    const std::uint64_t magnitude =
        micros < 0 ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    fmt::format_to(std::back_inserter(out_), "{}{}.{:06}", micros < 0 ? "-" : "",
                   magnitude / 1'000'000, magnitude % 1'000'000);
    return *this;
}

JsonLine& JsonLine::raw(std::string_view name, std::string_view value) {
    key(name);
    out_ += value;
    return *this;
}

JsonLine& JsonLine::begin_array(std::string_view name) {
    key(name);
    out_ += '[';
    first_ = true;
    return *this;
}

JsonLine& JsonLine::item(std::string_view value) {
    separate();
    append_json_string(out_, value);
    return *this;
}

JsonLine& JsonLine::item(std::int64_t value) {
    separate();
    fmt::format_to(std::back_inserter(out_), "{}", value);
    return *this;
}

JsonLine& JsonLine::end_array() {
    out_ += ']';
    first_ = false;
    return *this;
}

}  // namespace vedette::render
