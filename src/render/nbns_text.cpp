#include "render/nbns_text.hpp"

#include "render/name_text.hpp"
#include "render/rdata_fields.hpp"
#include "render/rdata_text.hpp"
#include "wire/nbns/name.hpp"

namespace vedette::render {
namespace {

void append_decoded(std::string& out, const wire::nbns::NetbiosName& name) {
    append_escaped(out, name.view());
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += '<';
    out += kDigits[name.suffix >> 4U];
    out += kDigits[name.suffix & 0xfU];
    out += '>';
}

}  // namespace

void append_netbios_name(std::string& out, ByteView name) {
    wire::nbns::NetbiosName decoded;
    if (!wire::nbns::decode_name(name, decoded)) return append_name(out, name);
    append_decoded(out, decoded);
    if (decoded.scope.size() <= 1) return;
    out += '.';
    append_name(out, decoded.scope);
}

void append_nbns_rdata(std::string& out, std::uint16_t type, ByteView rdata) {
    const std::size_t start = out.size();
    if (type == wire::nbns::kTypeNb) {
        wire::nbns::NbAddresses entries{rdata};
        for (wire::nbns::NbAddress entry; entries.next(entry);) {
            if (out.size() != start) out += ' ';
            append_address(out, entry.address);
        }
    } else if (type == wire::nbns::kTypeNbstat) {
        wire::nbns::StatusNames names{rdata};
        for (wire::nbns::StatusName entry; names.next(entry);) {
            if (out.size() != start) out += ' ';
            append_decoded(out, entry.name);
        }
    }
    if (out.size() == start) append_rdata(out, type, rdata);
}

}  // namespace vedette::render
