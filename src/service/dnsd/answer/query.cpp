#include "service/dnsd/answer/query.hpp"

#include <cstring>

namespace vedette::dnsd {
namespace {

constexpr std::uint16_t kFlagQr = 0x8000;
constexpr std::uint16_t kOpcodeMask = 0x7800;
constexpr std::size_t kSoaNumbersBytes = 20;
constexpr std::uint16_t kOptionNsid = 3;        // RFC 5001
constexpr std::uint16_t kOptionCookie = 10;     // RFC 7873
constexpr std::uint16_t kOptionKeepalive = 11;  // RFC 7828
constexpr std::uint16_t kOptionPadding = 12;    // RFC 7830

/// COOKIE is 8 octets, or 16 to 40 with the server's part (RFC 7873 4).
bool read_cookie(ByteView data, QueryCookie& cookie) noexcept {
    if (data.size() != 8 && (data.size() < 16 || data.size() > 40)) return false;
    cookie.present = true;
    std::memcpy(cookie.client.data(), data.data(), 8);
    cookie.server = data.subspan(8);
    return true;
}

bool read_options(wire::Reader options, QueryEdns& edns) noexcept {
    while (!options.at_end()) {
        const std::uint16_t code = options.u16();
        const std::uint16_t length = options.u16();
        const ByteView data = options.bytes(length);
        if (!options.ok()) return false;
        if (code == kOptionCookie && !edns.cookie.present) {
            if (!read_cookie(data, edns.cookie)) return false;
        } else if (code == kOptionNsid) {
            edns.wants_nsid = true;
        } else if (code == kOptionPadding) {
            edns.wants_padding = true;
        } else if (code == kOptionKeepalive) {
            edns.has_keepalive = true;
        }
    }
    return options.ok();
}

// OPT (RFC 6891 6.1.2): root owner, class is the size, TTL is extended rcode, version and flags.
bool read_opt(wire::Reader& reader, bool root_owner, QueryEdns& edns) noexcept {
    if (!root_owner || edns.present) return false;
    edns.present = true;
    edns.udp_size = reader.u16();
    reader.skip(1);
    edns.version = reader.u8();
    edns.dnssec_ok = (reader.u16() & 0x8000U) != 0;
    const std::uint16_t length = reader.u16();
    const wire::Reader options = reader.child(length);
    return reader.ok() && read_options(options, edns);
}

// Owner names behind the question may point backwards; they are only skipped here.
bool skip_name(wire::Reader& reader, bool& root) noexcept {
    const std::size_t start = reader.offset();
    root = reader.peek() == 0;
    while (true) {
        const std::uint8_t length = reader.u8();
        if (!reader.ok()) return false;
        if (length == 0) return true;
        if (length >= 0xc0) {
            const std::size_t target = std::size_t{length & 0x3fU} << 8U | reader.u8();
            return reader.ok() && target < start;
        }
        if (length > kMaxLabelBytes) return false;
        reader.skip(length);
    }
}

// Additional records of a query: one OPT, and TSIG as the last record (RFC 8945 5.1).
bool read_additional(wire::Reader& reader, unsigned count, Query& out) noexcept {
    for (unsigned i = 0; i < count; ++i) {
        const std::size_t start = reader.offset();
        bool root = false;
        if (!skip_name(reader, root)) return false;
        const std::uint16_t type = reader.u16();
        if (type == rr::kOpt) {
            if (!read_opt(reader, root, out.edns)) return false;
            continue;
        }
        if (type != rr::kTsig || i + 1 != count) return false;
        out.tsig_offset = static_cast<std::uint32_t>(start);
        reader.skip(6);
        reader.skip(reader.u16());
        if (!reader.ok()) return false;
    }
    return reader.ok();
}

// An IXFR question carries the SOA that the secondary has (RFC 1995 3). Its serial is the first of
// the five numbers that end it (RFC 1035 3.3.13); two names, of an octet at least, stand before.
bool read_authority(wire::Reader& reader, unsigned count, Query& out) noexcept {
    if (count == 0) return true;
    bool root = false;
    if (count != 1 || out.type != rr::kIxfr || !skip_name(reader, root)) return false;
    if (reader.u16() != rr::kSoa) return false;
    reader.skip(6);
    const std::uint16_t length = reader.u16();
    if (length < 2 + kSoaNumbersBytes) return false;
    reader.skip(length - kSoaNumbersBytes);
    out.known_serial = reader.u32();
    reader.skip(kSoaNumbersBytes - 4);
    return reader.ok();
}

QueryKind read_body(wire::Reader& reader, std::uint64_t counts, Query& out) noexcept {
    const auto questions = static_cast<std::uint16_t>(counts >> 48U);
    const auto answers = static_cast<std::uint16_t>(counts >> 32U);
    const auto authority = static_cast<std::uint16_t>(counts >> 16U);
    const auto additional = static_cast<std::uint16_t>(counts);
    if (questions > 1) return QueryKind::FormErr;  // RFC 9619
    if (questions == 1) {
        if (!out.name.read(reader)) return QueryKind::FormErr;
        out.type = reader.u16();
        out.rclass = reader.u16();
        if (!reader.ok()) return QueryKind::FormErr;
        out.question_end = static_cast<std::uint16_t>(reader.offset());
    }
    if (answers != 0 || !read_authority(reader, authority, out)) return QueryKind::FormErr;
    if (!read_additional(reader, additional, out)) return QueryKind::FormErr;
    if (out.edns.version != 0) return QueryKind::BadVersion;
    if (questions == 1) return QueryKind::Question;
    return out.edns.cookie.present ? QueryKind::CookieOnly : QueryKind::FormErr;
}

}  // namespace

void read_query(ByteView packet, Query& out) noexcept {
    out.kind = QueryKind::Drop;
    out.type = out.rclass = 0;
    out.question_end = kHeaderBytes;
    out.edns = {};
    out.tsig_offset = 0;
    out.known_serial.reset();
    out.packet = packet;
    wire::Reader reader(packet);
    out.id = reader.u16();
    out.flags = reader.u16();
    const std::uint64_t counts = reader.u64();
    if (!reader.ok() || (out.flags & kFlagQr) != 0) return;
    if ((out.flags & kOpcodeMask) != 0) {
        out.kind = QueryKind::NotImplemented;
        return;
    }
    out.kind = read_body(reader, counts, out);
    if (out.kind == QueryKind::FormErr) out.edns.forget_options();
}

}  // namespace vedette::dnsd
