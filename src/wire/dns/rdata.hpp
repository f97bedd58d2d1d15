// The shapes of RDATA as one table: what fields each record type has, where names may be
// compressed. Inspection, expansion and printing all read it. Types that are not in the table are
// opaque bytes (RFC 3597).
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::wire::dns {

/// One field of RDATA. Values below kName are that many fixed bytes.
enum class RdataField : std::uint8_t {
    End = 0,
    Name = 0x80,  ///< a name, possibly compressed (RFC 1035 4.1.4, RFC 3597 4)
    String,       ///< one length byte and that many bytes
    Strings,      ///< strings up to the end, perhaps none
    Sized,        ///< two length bytes and that many bytes
    SvcParams,    ///< RFC 9460 2.2: key, length, value; keys strictly increasing
    Rest,         ///< whatever is left
};

inline constexpr std::size_t kMaxRdataFields = 7;
using RdataLayout = std::array<RdataField, kMaxRdataFields>;

/// The fields of `type`; {Rest} when the type is unknown or opaque.
[[nodiscard]] const RdataLayout& rdata_layout(std::uint16_t type) noexcept;

/// Whether the RDATA [begin, end) of `message` has the shape of its type; None when it has.
/// `end` is at most message.size().
[[nodiscard]] Damage check_rdata(ByteView message, std::uint16_t type, std::size_t begin,
                                 std::size_t end) noexcept;

/// A record's RDATA with every compressed name in it expanded, so that equal data has equal bytes
/// and printers need no message. RDATA that does not have its type's shape is copied as it is.
/// At most two names stand in one RDATA, so `out` must hold kMaxExpandedRdata.
inline constexpr std::size_t kMaxExpandedRdata = 65'535 + 2 * 255;
struct RecordView;
[[nodiscard]] ByteView expand_rdata(ByteView message, const RecordView& record,
                                    std::span<std::uint8_t> out) noexcept;

}  // namespace vedette::wire::dns
