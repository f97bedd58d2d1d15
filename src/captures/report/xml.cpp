#include "base/utf8.hpp"
#include "captures/report/drawing.hpp"

namespace vedette::captures {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// XML 1.0 2.2.
bool is_allowed(char32_t code) noexcept {
    if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
    return code != 0xfffe && code != 0xffff;
}

}  // namespace

void append_xml(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Character character = utf8_at(text, at);
        if (character.length == 0 || !is_allowed(character.code)) {
            out += kReplacement;
            at += character.length == 0 ? 1 : character.length;
            continue;
        }
        switch (character.code) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += text.substr(at, character.length);
        }
        at += character.length;
    }
}

std::string xml_text(std::string_view text) {
    std::string out;
    append_xml(out, text);
    return out;
}

}  // namespace vedette::captures
