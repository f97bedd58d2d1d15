#include "service/dnsd/zone/rdata_text.hpp"

#include <memory>

#include <fmt/format.h>
#include <ldns/ldns.h>

#include "service/dnsd/zone/lookup_name.hpp"

namespace vedette::dnsd {
namespace {

using LdnsRecord = std::unique_ptr<ldns_rr, decltype([](ldns_rr* rr) { ldns_rr_free(rr); })>;
using LdnsData = std::unique_ptr<ldns_rdf, decltype([](ldns_rdf* rdf) { ldns_rdf_deep_free(rdf); })>;
using LdnsText = std::unique_ptr<char, decltype([](char* text) { std::free(text); })>;

std::string unknown_form(ByteView rdata) {  // RFC 3597 5
    std::string text = fmt::format("\\# {}", rdata.size());
    if (!rdata.empty()) text += ' ';
    for (const std::uint8_t octet : rdata) text += fmt::format("{:02x}", octet);
    return text;
}

}  // namespace

std::optional<std::uint16_t> type_from_text(std::string_view text) {
    if (text.size() > 16) return std::nullopt;
    const ldns_rr_type type = ldns_get_rr_type_by_name(std::string(text).c_str());
    if (type == 0) return std::nullopt;
    return static_cast<std::uint16_t>(type);
}

std::string type_to_text(std::uint16_t type) {
    const LdnsText text(ldns_rr_type2str(static_cast<ldns_rr_type>(type)));
    return text ? std::string(text.get()) : fmt::format("TYPE{}", type);
}

Result<void> rdata_from_text(std::uint16_t type, std::string_view text, ByteView origin,
                             std::vector<std::uint8_t>& out) {
    const LdnsData base(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, origin.size(), origin.data()));
    const std::string line = fmt::format(". 0 IN {} {}", type_to_text(type), text);
    ldns_rr* parsed = nullptr;
    const ldns_status status = ldns_rr_new_frm_str(&parsed, line.c_str(), 0, base.get(), nullptr);
    const LdnsRecord record(parsed);
    if (status != LDNS_STATUS_OK) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} data '{}': {}", type_to_text(type), text,
                                ldns_get_errorstr_by_id(status)));
    }
    out.clear();
    for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
        const ldns_rdf* field = ldns_rr_rdf(record.get(), i);
        out.insert(out.end(), ldns_rdf_data(field), ldns_rdf_data(field) + ldns_rdf_size(field));
    }
    return {};
}

std::string rdata_to_text(std::uint16_t type, ByteView rdata) {
    if (rdata.size() > UINT16_MAX - 11U) return unknown_form(rdata);
    std::vector<std::uint8_t> wire{0, static_cast<std::uint8_t>(type >> 8U),
                                   static_cast<std::uint8_t>(type), 0, 1, 0, 0, 0, 0,
                                   static_cast<std::uint8_t>(rdata.size() >> 8U),
                                   static_cast<std::uint8_t>(rdata.size())};
    wire.insert(wire.end(), rdata.begin(), rdata.end());
    ldns_rr* parsed = nullptr;
    std::size_t at = 0;
    const ldns_status status =
        ldns_wire2rr(&parsed, wire.data(), wire.size(), &at, LDNS_SECTION_ANSWER);
    const LdnsRecord record(parsed);
    if (status != LDNS_STATUS_OK || at != wire.size()) return unknown_form(rdata);
    std::string text;
    for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
        const LdnsText field(ldns_rdf2str(ldns_rr_rdf(record.get(), i)));
        if (!field) return unknown_form(rdata);
        if (i != 0) text += ' ';
        text += field.get();
    }
    return text;
}

}  // namespace vedette::dnsd
