#include "render/edns_text.hpp"

#include <algorithm>
#include <array>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "render/rdata_fields.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::render {
namespace {

enum class Content : std::uint8_t { Hex, Text, Subnet, Error, Size, Mac, Numbers, Timeout };

struct OptionWord {
    std::uint16_t code;
    std::string_view word;
    Content content;
};

// IANA "DNS EDNS0 Option Codes"; 65001 is what dnsmasq --add-mac writes.
constexpr OptionWord kOptions[] = {
    {1, "LLQ", Content::Hex},
    {2, "UL", Content::Hex},
    {3, "NSID", Content::Text},    // RFC 5001
    {5, "DAU", Content::Numbers},  // RFC 6975
    {6, "DHU", Content::Numbers},
    {7, "N3U", Content::Numbers},
    {8, "CLIENT-SUBNET", Content::Subnet},    // RFC 7871
    {9, "EXPIRE", Content::Hex},              // RFC 7314
    {10, "COOKIE", Content::Hex},             // RFC 7873
    {11, "TCP-KEEPALIVE", Content::Timeout},  // RFC 7828
    {12, "PADDING", Content::Size},           // RFC 7830
    {13, "CHAIN", Content::Hex},
    {14, "KEY-TAG", Content::Hex},
    {15, "EDE", Content::Error},  // RFC 8914
    {16, "CLIENT-TAG", Content::Hex},
    {17, "SERVER-TAG", Content::Hex},
    {18, "REPORT-CHANNEL", Content::Hex},
    {65001, "MAC", Content::Mac},
};

/// Bytes as text when all are printable, else as hex.
void append_readable(std::string& out, ByteView bytes) {
    const bool printable =
        std::ranges::all_of(bytes, [](std::uint8_t b) { return b >= 0x20 && b < 0x7f; });
    if (printable)
        append_quoted(out, bytes);
    else
        append_hex(out, bytes);
}

// RFC 7871 6: family, source prefix length, scope prefix length, address cut to the prefix.
bool append_subnet(std::string& out, ByteView value) {
    wire::Reader in{value};
    const std::uint16_t family = in.u16();
    const std::uint8_t source = in.u8();
    const std::uint8_t scope = in.u8();
    const ByteView address = in.rest();
    const std::size_t width = family == 1 ? 4 : 16;
    if (!in.ok() || family < 1 || family > 2 || address.size() > width) return false;
    std::array<std::uint8_t, 16> full{};
    std::ranges::copy(address, full.begin());
    append_address(out, ByteView(full).first(width));
    out += '/';
    append_number(out, source);
    out += '/';
    append_number(out, scope);
    return true;
}

// RFC 8914 2: info code and free text.
bool append_error(std::string& out, ByteView value) {
    wire::Reader in{value};
    const std::uint16_t code = in.u16();
    if (!in.ok()) return false;
    append_number(out, code);
    if (const std::string_view word = extended_error_word(code); !word.empty()) {
        out.append(" (").append(word).append(")");
    }
    if (const ByteView text = in.rest(); !text.empty()) {
        out += ": ";
        append_readable(out, text);
    }
    return true;
}

bool append_mac(std::string& out, ByteView value) {
    if (value.size() != 6) return false;
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (i != 0) out += ':';
        out += kDigits[value[i] >> 4U];
        out += kDigits[value[i] & 0xfU];
    }
    return true;
}

void append_numbers(std::string& out, ByteView value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (i != 0) out += ' ';
        append_number(out, value[i]);
    }
}

bool append_timeout(std::string& out, ByteView value) {
    wire::Reader in{value};
    const std::uint16_t tenths = in.u16();
    if (!in.ok() || !in.at_end()) return value.empty();
    append_number(out, tenths / 10U);
    out += '.';
    append_number(out, tenths % 10U);
    out += " s";
    return true;
}

bool append_content(std::string& out, Content content, ByteView value) {
    switch (content) {
        case Content::Text:
            append_readable(out, value);
            return true;
        case Content::Subnet:
            return append_subnet(out, value);
        case Content::Error:
            return append_error(out, value);
        case Content::Mac:
            return append_mac(out, value);
        case Content::Numbers:
            append_numbers(out, value);
            return true;
        case Content::Timeout:
            return append_timeout(out, value);
        case Content::Size:
            append_number(out, value.size());
            out += " bytes";
            return true;
        case Content::Hex:
            return false;
    }
    return false;
}

EdnsOption make_option(std::uint16_t code, ByteView value) {
    EdnsOption option{code, "", ""};
    const auto row = std::ranges::find(kOptions, code, &OptionWord::code);
    const bool known = row != std::end(kOptions);
    if (known) {
        option.word = row->word;
    } else {
        option.word = "OPT=";
        append_number(option.word, code);
    }
    if (!known || !append_content(option.text, row->content, value)) {
        option.text.clear();
        append_hex(option.text, value);
    }
    return option;
}

}  // namespace

std::vector<EdnsOption> edns_options(ByteView options) {
    std::vector<EdnsOption> found;
    wire::Reader in{options};
    while (!in.at_end()) {
        const std::uint16_t code = in.u16();
        const ByteView value = in.bytes(in.u16());
        if (!in.ok()) break;
        found.push_back(make_option(code, value));
    }
    return found;
}

void append_edns(std::string& out, const wire::dns::EdnsView& edns) {
    if (!edns.present) return;
    out += "version: ";
    append_number(out, edns.version);
    if (edns.dnssec_ok) out += ", flags: do";
    out += ", udp: ";
    append_number(out, edns.udp_size);
    for (const EdnsOption& option : edns_options(edns.options)) {
        out.append(", ").append(option.word);
        if (!option.text.empty()) out.append(": ").append(option.text);
    }
}

}  // namespace vedette::render
