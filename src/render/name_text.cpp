#include "render/name_text.hpp"

#include <array>
#include <cstring>

#include "wire/reader/reader.hpp"

namespace vedette::render {
namespace {

// What a byte of a label or string becomes: itself, `\c`, or `\DDD`.
enum class Escape : std::uint8_t { Plain, Backslash, Decimal };

using EscapeTable = std::array<Escape, 256>;

constexpr EscapeTable make_table(std::string_view backslashed, bool space_is_plain) {
    EscapeTable table{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        table[byte] = byte < 0x20 || byte > 0x7e ? Escape::Decimal : Escape::Plain;
    }
    table[' '] = space_is_plain ? Escape::Plain : Escape::Decimal;
    for (const char c : backslashed)
        table[static_cast<unsigned char>(c)] = Escape::Backslash;
    return table;
}

constexpr EscapeTable kInLabel = make_table("\"$().;@\\", false);
constexpr EscapeTable kInString = make_table("\"\\", true);

void append_by(const EscapeTable& table, std::string& out, ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
        const Escape escape = table[byte];
        if (escape == Escape::Decimal) {
            const char digits[] = {'\\', static_cast<char>('0' + byte / 100),
                                   static_cast<char>('0' + byte / 10 % 10),
                                   static_cast<char>('0' + byte % 10)};
            out.append(digits, sizeof digits);
            continue;
        }
        if (escape == Escape::Backslash) out += '\\';
        out += static_cast<char>(byte);
    }
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Takes one character or escape off the front of `text`; -1 when the escape is broken.
int take_byte(std::string_view& text) noexcept {
    const char first = text.front();
    text.remove_prefix(1);
    if (first != '\\') return static_cast<unsigned char>(first);
    if (text.empty()) return -1;
    if (!is_digit(text[0])) {
        const char escaped = text.front();
        text.remove_prefix(1);
        return static_cast<unsigned char>(escaped);
    }
    if (text.size() < 3 || !is_digit(text[1]) || !is_digit(text[2])) return -1;
    const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    text.remove_prefix(3);
    return value <= 255 ? value : -1;
}

std::unexpected<Error> bad_name(std::string_view name, std::string_view what) {
    std::string text = "'";
    text.append(name).append("' is not a domain name: ").append(what);
    return fail(ErrorKind::InvalidInput, std::move(text));
}

}  // namespace

void append_name(std::string& out, ByteView name) {
    if (name.empty()) return;
    wire::Reader in{name};
    std::uint8_t length = in.u8();
    if (length == 0) out += '.';
    for (; length != 0 && in.ok(); length = in.u8()) {
        append_by(kInLabel, out, in.bytes(length));
        out += '.';
    }
}

std::string name_text(ByteView name) {
    std::string text;
    text.reserve(name.size() + 1);
    append_name(text, name);
    return text;
}

Result<wire::dns::NameBuffer> parse_name(std::string_view text) {
    const std::string_view whole = text;
    wire::dns::NameBuffer name;
    if (text.empty()) return bad_name(whole, "it is empty");
    if (text == ".") text = {};
    std::size_t length = 0;
    while (!text.empty()) {
        const std::size_t head = length++;
        while (!text.empty() && text.front() != '.') {
            const int byte = take_byte(text);
            if (byte < 0) return bad_name(whole, "an escape is '\\' and a character or 3 digits");
            // One byte stays free for the root.
            if (length >= wire::dns::kMaxNameBytes - 1) {
                return bad_name(whole, "it is longer than 255 bytes");
            }
            name.bytes[length++] = static_cast<std::uint8_t>(byte);
        }
        const std::size_t label = length - head - 1;
        if (label == 0) return bad_name(whole, "a label is empty");
        if (label > wire::dns::kMaxLabelBytes) {
            return bad_name(whole, "a label is longer than 63 bytes");
        }
        name.bytes[head] = static_cast<std::uint8_t>(label);
        if (!text.empty()) text.remove_prefix(1);
        if (!text.empty() && length >= wire::dns::kMaxNameBytes - 1) {
            return bad_name(whole, "it is longer than 255 bytes");
        }
    }
    name.bytes[length++] = 0;
    name.length = static_cast<std::uint8_t>(length);
    return name;
}

void append_escaped(std::string& out, ByteView label) {
    append_by(kInLabel, out, label);
}

void append_quoted(std::string& out, ByteView bytes) {
    out += '"';
    append_by(kInString, out, bytes);
    out += '"';
}

}  // namespace vedette::render
