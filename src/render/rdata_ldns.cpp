#include "render/rdata_ldns.hpp"

#include <ldns/ldns.h>

#include <memory>
#include <string_view>
#include <vector>

namespace vedette::render {
namespace {

struct FreeRecord {
    void operator()(ldns_rr* record) const noexcept { ldns_rr_free(record); }
};
struct FreeText {
    void operator()(char* text) const noexcept { std::free(text); }
};

}  // namespace

bool append_by_ldns(std::string& out, std::uint16_t type, ByteView rdata) {
    if (rdata.empty() || rdata.size() > 0xffff) return false;
    // A record of its own: root owner, class IN, TTL 0.
    std::vector<std::uint8_t> wire{0,
                                   static_cast<std::uint8_t>(type >> 8U),
                                   static_cast<std::uint8_t>(type),
                                   0,
                                   1,
                                   0,
                                   0,
                                   0,
                                   0,
                                   static_cast<std::uint8_t>(rdata.size() >> 8U),
                                   static_cast<std::uint8_t>(rdata.size())};
    wire.insert(wire.end(), rdata.begin(), rdata.end());
    ldns_rr* raw = nullptr;
    std::size_t position = 0;
    if (ldns_wire2rr(&raw, wire.data(), wire.size(), &position, LDNS_SECTION_ANSWER) !=
        LDNS_STATUS_OK) {
        return false;
    }
    const std::unique_ptr<ldns_rr, FreeRecord> record(raw);
    const std::size_t start = out.size();
    for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
        const std::unique_ptr<char, FreeText> text(ldns_rdf2str(ldns_rr_rdf(record.get(), i)));
        if (!text) {
            out.resize(start);
            return false;
        }
        std::string_view field(text.get());
        while (field.ends_with(' '))
            field.remove_suffix(1);
        if (field.empty()) continue;
        if (out.size() != start) out += ' ';
        out += field;
    }
    // Opaque types come back in ldns's own generic spelling.
    if (out.size() == start || std::string_view(out).substr(start).starts_with("\\#")) {
        out.resize(start);
        return false;
    }
    return true;
}

}  // namespace vedette::render
