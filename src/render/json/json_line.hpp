// Writes one JSON object per line, appended to a caller's string: no tree, no allocation once the
// string has grown. For logs and machine output on the event path; anything else uses
// nlohmann-json. Hostile text is safe: control characters, quotes and backslashes are escaped, and
// bytes that are not UTF-8 become U+FFFD.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace vedette::render {

/// Appends `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

/// One object, from construction to finish(). Keys are ours and need no escaping.
class JsonLine {
  public:
    explicit JsonLine(std::string& out) : out_(out) { out_ += '{'; }

    JsonLine& text(std::string_view key, std::string_view value);
    JsonLine& number(std::string_view key, std::int64_t value);
    JsonLine& boolean(std::string_view key, bool value);
    /// Seconds with six decimals, as Zeek writes times and intervals.
    JsonLine& seconds(std::string_view key, std::int64_t nanos);
    /// `value` is JSON already.
    JsonLine& raw(std::string_view key, std::string_view value);

    /// Arrays: begin_array, then items, then end_array.
    JsonLine& begin_array(std::string_view key);
    JsonLine& item(std::string_view value);
    JsonLine& item(std::int64_t value);
    JsonLine& end_array();

    /// Closes the object and the line.
    void finish() { out_ += "}\n"; }

  private:
    void key(std::string_view name);
    void separate();

    std::string& out_;
    bool first_ = true;
};

}  // namespace vedette::render
