#include "detect/tunnel/tunnel_pair.hpp"

#include <algorithm>

namespace vedette::detect {
namespace {

constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeNull = 10;
constexpr std::uint16_t kTypeMx = 15;
constexpr std::uint16_t kTypeTxt = 16;
constexpr std::uint16_t kTypeKey = 25;
constexpr std::uint16_t kTypePrivate = 65399;  // iodine's own

void count(Alphabet& alphabet, std::uint8_t c) noexcept {
    const auto lower = static_cast<std::uint8_t>(c | 0x20U);
    if (c >= '0' && c <= '9') {
        ++alphabet.digits;
    } else if (lower >= 'a' && lower <= 'z') {
        ++alphabet.letters;
        if (lower > 'f') ++alphabet.beyond_hex;
    } else if (c >= 0x80) {
        ++alphabet.high;
    } else if (c != '-') {
        ++alphabet.signs;
    }
}

/// What a host's name has beside its address: the kind of line, the region, the datacentre. Few
/// digits, so that no encoding of data hides behind an address.
constexpr std::size_t kHostNameWords = 32;
constexpr std::ptrdiff_t kHostNameDigits = 3;

constexpr bool is_digit(std::uint8_t c) noexcept {
    return c >= '0' && c <= '9';
}

/// Where the number at `at` ends, when it is one of an address (0 to 255); else `at`.
std::size_t end_of_octet(ByteView text, std::size_t at) noexcept {
    unsigned value = 0;
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end]) && end - at < 3)
        value = value * 10 + (text[end++] - unsigned{'0'});
    const bool longer = end < text.size() && is_digit(text[end]);
    return value > 255 || longer ? at : end;
}

/// The length of four numbers that begin at `at`, with one byte between them: a hyphen, or the
/// length byte of the next label. 0 when they are not there.
std::size_t address_length(ByteView text, std::size_t at) noexcept {
    std::size_t end = at;
    for (unsigned i = 0; i < 4; ++i) {
        if (i > 0) {
            if (end >= text.size() || (text[end] != '-' && text[end] > 3)) return 0;
            ++end;
        }
        const std::size_t next = end_of_octet(text, end);
        if (next == end) return 0;
        end = next;
    }
    return end - at;
}

/// Names that providers give to addresses, "c-192-0-2-7.region.provider.example": unique, long and
/// full of digits, but all they carry is the address.
bool is_host_name(ByteView prefix) noexcept {
    for (std::size_t at = 1; at < prefix.size(); ++at) {
        if (!is_digit(prefix[at]) || is_digit(prefix[at - 1])) continue;
        const std::size_t length = address_length(prefix, at);
        if (length == 0) continue;
        const auto digits = std::ranges::count_if(prefix.first(at), is_digit) +
                            std::ranges::count_if(prefix.subspan(at + length), is_digit);
        return prefix.size() - length <= kHostNameWords && digits <= kHostNameDigits;
    }
    return false;
}

}  // namespace

void TunnelPair::note_type(std::uint16_t type) noexcept {
    for (std::uint16_t& known : types) {
        if (known == type) return;
        if (known == 0) {
            known = type;
            return;
        }
    }
}

bool TunnelPair::has_type(std::uint16_t type) const noexcept {
    return std::ranges::find(types, type) != types.end();
}

void TunnelPair::note_packet(std::uint64_t packet) noexcept {
    const auto free = std::ranges::find(packets, 0U);
    if (free != packets.end()) *free = packet;
}

void TunnelPair::note_name(ByteView prefix) noexcept {
    ++names;
    if (is_host_name(prefix)) ++host_names;
    for (std::size_t at = 0; at < prefix.size();) {
        const std::size_t length = std::min<std::size_t>(prefix[at], prefix.size() - at - 1);
        ++labels;
        if (length == 1) ++short_labels;
        name_bytes += length;
        for (const std::uint8_t c : prefix.subspan(at + 1, length))
            count(alphabet, c);
        at += 1 + length;
    }
}

std::string_view resembled_tool(const TunnelPair& pair) noexcept {
    const Alphabet& used = pair.alphabet;
    // dnscat2 writes hexadecimal only, and mixes TXT, CNAME and MX.
    const bool hex = used.beyond_hex * 50 < used.total() && used.high == 0 && used.signs == 0;
    if (hex && (pair.has_type(kTypeTxt) || pair.has_type(kTypeCname) || pair.has_type(kTypeMx))) {
        return "dnscat2";
    }
    if (pair.has_type(kTypeNull) || pair.has_type(kTypePrivate) || used.high > used.total() / 20) {
        return "iodine";
    }
    // dns2tcp: base64 labels, KEY or TXT, never EDNS.
    const bool one_type = pair.types[1] == 0;
    if (pair.has_type(kTypeKey) || (one_type && pair.has_type(kTypeTxt) && pair.edns_large == 0)) {
        return "dns2tcp";
    }
    // iodine sets EDNS with DO in nearly every query.
    if (pair.edns_large * 2 > pair.queries) return "iodine";
    return "no known tool";
}

}  // namespace vedette::detect
