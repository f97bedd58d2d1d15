#include "render/rdata_text.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "render/rdata_fields.hpp"
#include "render/rdata_ldns.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::render {
namespace {

using enum TextField;

struct TypeText {
    std::uint16_t type;
    std::array<TextField, 10> fields;
};

// The presentation forms of the RFCs named in wire/dns/rdata.cpp.
constexpr TypeText kTexts[] = {
    {1, {Ip4}},
    {2, {Name}},
    {3, {Name}},
    {4, {Name}},
    {5, {Name}},
    {6, {Name, Name, U32, U32, U32, U32, U32}},
    {7, {Name}},
    {8, {Name}},
    {9, {Name}},
    {11, {Services}},
    {12, {Name}},
    {13, {String, String}},
    {14, {Name, Name}},
    {15, {U16, Name}},
    {16, {Strings}},
    {17, {Name, Name}},
    {18, {U16, Name}},
    {19, {String}},
    {20, {Strings}},
    {21, {U16, Name}},
    {23, {Name}},
    {24, {TypeOrZero, U8, U8, U32, Time, Time, U16, Name, Base64}},
    {25, {U16, U8, U8, Base64}},
    {26, {U16, Name, Name}},
    {27, {String, String, String}},
    {28, {Ip6}},
    {29, {Location}},
    {30, {Name, FlatBitmap}},
    {33, {U16, U16, U16, Name}},
    {34, {AtmAddress}},
    {35, {U16, U16, String, String, String, Name}},
    {36, {U16, Name}},
    {37, {Certificate}},
    {38, {A6}},
    {39, {Name}},
    {40, {U8, U8, U8, Base64}},
    {42, {AddressPrefixes}},
    {43, {U16, U8, U8, Hex}},
    {44, {U8, U8, Hex}},
    {45, {KeyGateway}},
    {46, {Type, U8, U8, U32, Time, Time, U16, Name, Base64}},
    {47, {Name, Bitmap}},
    {48, {U16, U8, U8, Base64}},
    {49, {Base64}},
    {50, {U8, U8, U16, Salt, Base32, Bitmap}},
    {51, {U8, U8, U16, Salt}},
    {52, {U8, U8, U8, Hex}},
    {53, {U8, U8, U8, Hex}},
    {56, {Strings}},
    {57, {U16, U8, U8, Base64}},
    {58, {Name, Name}},
    {59, {U16, U8, U8, Hex}},
    {60, {U16, U8, U8, Base64}},
    {61, {Base64}},
    {62, {U32, U16, Bitmap}},
    {63, {U32, U8, U8, Hex}},
    {64, {U16, Name, SvcParams}},
    {65, {U16, Name, SvcParams}},
    {99, {Strings}},
    {104, {U16, Locator}},
    {105, {U16, Ip4}},
    {106, {U16, Locator}},
    {107, {U16, Name}},
    {108, {Eui48}},
    {109, {Eui64}},
    {249, {Name, U32, U32, U16, SignatureError, SizedBase64, SizedBase64}},
    {250, {Name, U48, U16, SizedBase64, U16, SignatureError, SizedBase64}},
    {256, {U16, U16, QuotedRest}},
    {257, {U8, Bare, QuotedRest}},
    {258, {Strings}},
    {259, {U32, U32, U8, String, Base64}},
    {260, {Relay}},
    {261, {Strings}},
    {262, {Strings}},
    {32768, {U16, U8, U8, Hex}},
    {32769, {U16, U8, U8, Hex}},
};

const TypeText* find_text(std::uint16_t type) noexcept {
    for (const TypeText& row : kTexts) {
        if (row.type == type) return &row;
    }
    return nullptr;
}

bool append_fields(std::string& out, const TypeText& row, ByteView rdata) {
    wire::Reader in{rdata};
    bool first = true;
    for (const TextField field : row.fields) {
        if (field == End) break;
        const std::size_t before = out.size();
        if (!first) out += ' ';
        const std::size_t start = out.size();
        append_field(out, field, in);
        if (!in.ok()) return false;
        if (out.size() == start) out.resize(before);  // an empty list leaves no space behind
        first = first && out.size() == before;
    }
    return in.at_end() && !first;
}

/// RFC 3597 5: \# length hex.
void append_generic(std::string& out, ByteView rdata) {
    char digits[8];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, rdata.size());
    out.append("\\# ").append(digits, error == std::errc{} ? end : digits);
    if (rdata.empty()) return;
    out += ' ';
    append_hex(out, rdata);
}

}  // namespace

void append_rdata(std::string& out, std::uint16_t type, ByteView rdata) {
    const std::size_t start = out.size();
    const TypeText* row = find_text(type);
    if (row != nullptr && append_fields(out, *row, rdata)) return;
    out.resize(start);
    if (row == nullptr && append_by_ldns(out, type, rdata)) return;
    out.resize(start);
    append_generic(out, rdata);
}

std::string rdata_text(std::uint16_t type, ByteView rdata) {
    std::string text;
    append_rdata(text, type, rdata);
    return text;
}

RecordPrinter::RecordPrinter() : buffer_(wire::dns::kMaxExpandedRdata) {}

ByteView RecordPrinter::expand(ByteView message, const wire::dns::RecordView& record) {
    return wire::dns::expand_rdata(message, record, buffer_);
}

void RecordPrinter::append_rdata(std::string& out, ByteView message,
                                 const wire::dns::RecordView& record) {
    render::append_rdata(out, record.type, expand(message, record));
}

void RecordPrinter::append_owner(std::string& out, ByteView message,
                                 const wire::dns::RecordView& record) {
    wire::dns::NameBuffer owner;
    if (wire::dns::expand_name(message, record.owner_offset, owner)) append_name(out, owner.view());
}

}  // namespace vedette::render
