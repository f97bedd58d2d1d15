#include "service/dnsd/zone/rdata_text.hpp"

#include <memory>

#include <fmt/format.h>

#include "render/dns_words.hpp"

// Last, because it defines true and false as macros.
#include <ldns/ldns.h>

namespace vedette::dnsd {
namespace {

using LdnsRecord = std::unique_ptr<ldns_rr, decltype([](ldns_rr* rr) { ldns_rr_free(rr); })>;
using LdnsData =
    std::unique_ptr<ldns_rdf, decltype([](ldns_rdf* rdf) { ldns_rdf_deep_free(rdf); })>;

}  // namespace

Result<void> rdata_from_text(std::uint16_t type, std::string_view text, ByteView origin,
                             std::vector<std::uint8_t>& out) {
    const LdnsData base(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, origin.size(), origin.data()));
    const std::string line = fmt::format(". 0 IN {} {}", render::type_text(type), text);
    ldns_rr* parsed = nullptr;
    const ldns_status status = ldns_rr_new_frm_str(&parsed, line.c_str(), 0, base.get(), nullptr);
    const LdnsRecord record(parsed);
    if (status != LDNS_STATUS_OK) {
        return fail(ErrorKind::InvalidInput,
                    fmt::format("{} data '{}': {}", render::type_text(type), text,
                                ldns_get_errorstr_by_id(status)));
    }
    out.clear();
    for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
        const ldns_rdf* field = ldns_rr_rdf(record.get(), i);
        out.insert(out.end(), ldns_rdf_data(field), ldns_rdf_data(field) + ldns_rdf_size(field));
    }
    return {};
}

}  // namespace vedette::dnsd
