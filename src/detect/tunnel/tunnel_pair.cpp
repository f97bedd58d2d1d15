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
