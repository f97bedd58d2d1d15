#include "render/svc_params.hpp"

#include <array>
#include <string_view>

#include "render/name_text.hpp"
#include "render/rdata_fields.hpp"

namespace vedette::render {
namespace {

enum class ValueForm : std::uint8_t { Keys, List, None, Port, Ip4, Ip6, Base64, Quoted };

struct Parameter {
    std::string_view word;
    ValueForm form;
};

// IANA "Service Parameter Keys", by number.
constexpr std::array<Parameter, 9> kParameters{{
    {"mandatory", ValueForm::Keys},
    {"alpn", ValueForm::List},
    {"no-default-alpn", ValueForm::None},
    {"port", ValueForm::Port},
    {"ipv4hint", ValueForm::Ip4},
    {"ech", ValueForm::Base64},
    {"ipv6hint", ValueForm::Ip6},
    {"dohpath", ValueForm::Quoted},  // RFC 9461 5
    {"ohttp", ValueForm::None},      // RFC 9540 4
}};

void append_key(std::string& out, std::uint16_t key) {
    if (key < kParameters.size()) {
        out += kParameters[key].word;
        return;
    }
    out += "key";
    append_number(out, key);
}

// RFC 9460 A.1: a comma or backslash inside one item is escaped once for the list, and the
// backslash once more for the string.
void append_list(std::string& out, wire::Reader& in) {
    std::string items;
    while (in.ok() && !in.at_end()) {
        if (!items.empty()) items += ',';
        for (const std::uint8_t byte : in.bytes(in.u8())) {
            if (byte == ',' || byte == '\\') items += '\\';
            items += static_cast<char>(byte);
        }
    }
    append_quoted(out, as_bytes(items));
}

void append_addresses(std::string& out, wire::Reader& in, std::size_t width) {
    for (bool first = true; in.ok() && !in.at_end(); first = false) {
        if (!first) out += ',';
        append_address(out, in.bytes(width));
    }
}

void append_keys(std::string& out, wire::Reader& in) {
    for (bool first = true; in.ok() && !in.at_end(); first = false) {
        if (!first) out += ',';
        append_key(out, in.u16());
    }
}

void append_value(std::string& out, ValueForm form, wire::Reader& in) {
    if (form == ValueForm::None && in.at_end()) return;
    out += '=';
    switch (form) {
        case ValueForm::Keys:
            append_keys(out, in);
            break;
        case ValueForm::List:
            append_list(out, in);
            break;
        case ValueForm::Port:
            append_number(out, in.u16());
            break;
        case ValueForm::Ip4:
            append_addresses(out, in, 4);
            break;
        case ValueForm::Ip6:
            append_addresses(out, in, 16);
            break;
        case ValueForm::Base64:
            append_base64(out, in.rest());
            break;
        case ValueForm::None:
        case ValueForm::Quoted:
            append_quoted(out, in.rest());
            break;
    }
}

}  // namespace

void append_svc_params(std::string& out, wire::Reader& in) {
    for (bool first = true; in.ok() && !in.at_end(); first = false) {
        const std::uint16_t key = in.u16();
        wire::Reader value = in.child(in.u16());
        if (!first) out += ' ';
        append_key(out, key);
        const bool known = key < kParameters.size();
        if (known || !value.at_end()) {
            append_value(out, known ? kParameters[key].form : ValueForm::Quoted, value);
        }
        if (!value.ok() || !value.at_end()) in.fail();
    }
}

}  // namespace vedette::render
