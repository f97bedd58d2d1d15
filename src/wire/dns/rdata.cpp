#include "wire/dns/rdata.hpp"

#include <algorithm>

#include "wire/dns/message.hpp"
#include "wire/dns/rdata_walk.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dns {
namespace {

using enum RdataField;

constexpr RdataField fixed(std::uint8_t bytes) noexcept {
    return static_cast<RdataField>(bytes);
}

struct TypeLayout {
    std::uint16_t type;
    RdataLayout fields;
};

// RFC 1035 3.3 and 3.4 unless another source stands beside the row.
constexpr TypeLayout kLayouts[] = {
    {1, {fixed(4)}},                                  // A
    {2, {Name}},                                      // NS
    {3, {Name}},                                      // MD
    {4, {Name}},                                      // MF
    {5, {Name}},                                      // CNAME
    {6, {Name, Name, fixed(20)}},                     // SOA
    {7, {Name}},                                      // MB
    {8, {Name}},                                      // MG
    {9, {Name}},                                      // MR
    {11, {fixed(5), Rest}},                           // WKS
    {12, {Name}},                                     // PTR
    {13, {String, String}},                           // HINFO
    {14, {Name, Name}},                               // MINFO
    {15, {fixed(2), Name}},                           // MX
    {16, {Strings}},                                  // TXT
    {17, {Name, Name}},                               // RP, RFC 1183 2.2
    {18, {fixed(2), Name}},                           // AFSDB, RFC 1183 1
    {19, {String}},                                   // X25, RFC 1183 3.1
    {20, {Strings}},                                  // ISDN, RFC 1183 3.2: one or two
    {21, {fixed(2), Name}},                           // RT, RFC 1183 3.3
    {23, {Name}},                                     // NSAP-PTR, RFC 1348
    {24, {fixed(18), Name, Rest}},                    // SIG, RFC 2535 4.1
    {25, {fixed(4), Rest}},                           // KEY, RFC 2535 3.1
    {26, {fixed(2), Name, Name}},                     // PX, RFC 2163 4
    {27, {String, String, String}},                   // GPOS, RFC 1712
    {28, {fixed(16)}},                                // AAAA, RFC 3596 2.2
    {29, {fixed(16)}},                                // LOC, RFC 1876 2
    {30, {Name, Rest}},                               // NXT, RFC 2535 5.2
    {33, {fixed(6), Name}},                           // SRV, RFC 2782
    {35, {fixed(4), String, String, String, Name}},   // NAPTR, RFC 3403 4.1
    {36, {fixed(2), Name}},                           // KX, RFC 2230 3.1
    {37, {fixed(5), Rest}},                           // CERT, RFC 4398 2
    {39, {Name}},                                     // DNAME, RFC 6672 2.1
    {43, {fixed(4), Rest}},                           // DS, RFC 4034 5.1
    {44, {fixed(2), Rest}},                           // SSHFP, RFC 4255 3.1
    {45, {fixed(3), Rest}},                           // IPSECKEY, RFC 4025 2.1
    {46, {fixed(18), Name, Rest}},                    // RRSIG, RFC 4034 3.1
    {47, {Name, Rest}},                               // NSEC, RFC 4034 4.1
    {48, {fixed(4), Rest}},                           // DNSKEY, RFC 4034 2.1
    {50, {fixed(4), String, String, Rest}},           // NSEC3, RFC 5155 3.2
    {51, {fixed(4), String}},                         // NSEC3PARAM, RFC 5155 4.2
    {52, {fixed(3), Rest}},                           // TLSA, RFC 6698 2.1
    {53, {fixed(3), Rest}},                           // SMIMEA, RFC 8162 2
    {55, {fixed(4), Rest}},                           // HIP, RFC 8005 5
    {59, {fixed(4), Rest}},                           // CDS, RFC 7344 3.1
    {60, {fixed(4), Rest}},                           // CDNSKEY, RFC 7344 3.2
    {62, {fixed(6), Rest}},                           // CSYNC, RFC 7477 2.1.1
    {63, {fixed(6), Rest}},                           // ZONEMD, RFC 8976 2.2
    {64, {fixed(2), Name, SvcParams}},                // SVCB, RFC 9460 2.2
    {65, {fixed(2), Name, SvcParams}},                // HTTPS
    {99, {Strings}},                                  // SPF, RFC 7208 3.1
    {104, {fixed(10)}},                               // NID, RFC 6742 2.1
    {105, {fixed(6)}},                                // L32, RFC 6742 2.2
    {106, {fixed(10)}},                               // L64, RFC 6742 2.3
    {107, {fixed(2), Name}},                          // LP, RFC 6742 2.4
    {108, {fixed(6)}},                                // EUI48, RFC 7043 3.1
    {109, {fixed(8)}},                                // EUI64, RFC 7043 4.1
    {249, {Name, fixed(12), Sized, Sized}},           // TKEY, RFC 2930 2
    {250, {Name, fixed(8), Sized, fixed(4), Sized}},  // TSIG, RFC 8945 4.2
    {256, {fixed(4), Rest}},                          // URI, RFC 7553 4.1
    {257, {fixed(1), String, Rest}},                  // CAA, RFC 8659 4.1
    {258, {Strings}},                                 // AVC
    {260, {fixed(2), Rest}},                          // AMTRELAY, RFC 8777 4.2
    {261, {Strings}},                                 // RESINFO, RFC 9606 4
};
constexpr std::size_t kTypes = 262;

constexpr auto kByType = [] {
    std::array<RdataLayout, kTypes> table{};
    for (RdataLayout& layout : table)
        layout = {Rest};
    for (const TypeLayout& row : kLayouts)
        table[row.type] = row.fields;
    return table;
}();
constexpr RdataLayout kOpaque{Rest};

// RFC 9460 14.3.2 and successors: what a parameter's value must look like.
bool is_sound_parameter(std::uint16_t key, ByteView value) noexcept {
    switch (key) {
        case 0:
            return !value.empty() && value.size() % 2 == 0;  // mandatory
        case 2:
            return value.empty();  // no-default-alpn
        case 3:
            return value.size() == 2;  // port
        case 4:
            return !value.empty() && value.size() % 4 == 0;  // ipv4hint
        case 6:
            return !value.empty() && value.size() % 16 == 0;  // ipv6hint
        case 1: {                                             // alpn
            Reader in{value};
            while (in.ok() && !in.at_end()) {
                if (const std::uint8_t length = in.u8(); length == 0)
                    return false;
                else
                    in.skip(length);
            }
            return in.ok() && !value.empty();
        }
        default:
            return true;
    }
}

}  // namespace

const RdataLayout& rdata_layout(std::uint16_t type) noexcept {
    return type < kTypes ? kByType[type] : kOpaque;
}

bool read_svc_params(Reader& in) noexcept {
    int previous = -1;
    while (!in.at_end()) {
        const std::uint16_t key = in.u16();
        const ByteView value = in.bytes(in.u16());
        if (!in.ok() || key <= previous || !is_sound_parameter(key, value)) return false;
        previous = key;
    }
    return true;
}

void read_plain_field(Reader& in, RdataField field) noexcept {
    switch (field) {
        case String:
            in.skip(in.u8());
            break;
        case Strings:
            while (!in.at_end())
                in.skip(in.u8());
            break;
        case Sized:
            in.skip(in.u16());
            break;
        case Rest:
            in.skip(in.remaining());
            break;
        default:
            in.skip(static_cast<std::size_t>(field));
            break;
    }
}

Damage check_rdata(ByteView message, std::uint16_t type, std::size_t begin,
                   std::size_t end) noexcept {
    return check_fields(message, type, begin, end, [message](std::size_t offset) noexcept {
        return measure_name(message, offset);
    });
}

ByteView expand_rdata(ByteView message, const RecordView& record,
                      std::span<std::uint8_t> out) noexcept {
    VEDETTE_ASSERT(out.size() >= kMaxExpandedRdata);
    const std::size_t begin = record.rdata_offset;
    const std::size_t end = begin + record.rdata.size();
    VEDETTE_ASSERT(end <= message.size());
    const auto append = [&](std::size_t length, ByteView bytes) noexcept {
        std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(length));
        return length + bytes.size();
    };
    if (check_rdata(message, record.type, begin, end)) return out.first(append(0, record.rdata));

    Reader in{record.rdata};
    std::size_t length = 0;
    for (const RdataField field : rdata_layout(record.type)) {
        const std::size_t from = in.offset();
        if (field == End) break;
        if (field == Name) {
            NameBuffer name;
            const bool sound = expand_name(message, static_cast<std::uint32_t>(begin + from), name);
            VEDETTE_ASSERT(sound);
            length = append(length, name.view());
            in.skip(measure_name(message, begin + from).end - (begin + from));
        } else {
            if (field == SvcParams)
                in.skip(in.remaining());
            else
                read_plain_field(in, field);
            length = append(length, record.rdata.subspan(from, in.offset() - from));
        }
    }
    return out.first(length);
}

}  // namespace vedette::wire::dns
