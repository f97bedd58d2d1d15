// The loop over the fields of one RDATA, with the way to measure its names left open: inspection
// remembers names it has met, checking alone does not. Internal to wire/dns.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/dns/name.hpp"
#include "wire/dns/rdata.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dns {

/// Reads service parameters to the end; false when one is damaged or out of order.
[[nodiscard]] bool read_svc_params(Reader& in) noexcept;
/// Reads one field that is neither a name nor service parameters.
void read_plain_field(Reader& in, RdataField field) noexcept;

/// Whether the RDATA [begin, end) of `message` has the shape of `type`. `measure(offset)` gives the
/// NameExtent of a name.
template <typename Measure>
Damage check_fields(ByteView message, std::uint16_t type, std::size_t begin, std::size_t end,
                    Measure&& measure) noexcept {
    Damage damage;
    Reader in{message.subspan(begin, end - begin)};
    for (const RdataField field : rdata_layout(type)) {
        if (field == RdataField::End) break;
        const std::size_t at = begin + in.offset();
        if (field == RdataField::Name) {
            if (in.at_end()) {
                damage.report(AnomalyId::DnsRdataShort, at);
                return damage;
            }
            const NameExtent name = measure(at);
            if (name.damage || name.end > end) {
                damage.report(AnomalyId::DnsRdataName, at);
                return damage;
            }
            in.skip(name.end - at);
        } else if (field == RdataField::SvcParams) {
            if (!read_svc_params(in)) {
                damage.report(AnomalyId::DnsSvcParam, at);
                return damage;
            }
        } else {
            read_plain_field(in, field);
        }
        if (!in.ok()) {
            damage.report(AnomalyId::DnsRdataShort, at);
            return damage;
        }
    }
    if (!in.at_end()) damage.report(AnomalyId::DnsRdataLeftover, begin + in.offset());
    return damage;
}

}  // namespace vedette::wire::dns
