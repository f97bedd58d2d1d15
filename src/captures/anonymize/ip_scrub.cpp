// The headers of IP in PacketScrub, with the addresses that options and extensions hold.
#include <algorithm>

#include "captures/anonymize/packet_scrub.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {

using wire::Reader;
namespace ip_wire = wire::ip;

// A header that cannot be used stays what it is, its addresses excepted.
void PacketScrub::unreadable_ip(ByteView bytes) {
    const unsigned version = bytes.empty() ? 0 : bytes[0] >> 4U;
    if (version != 4 && version != 6) {
        keep_first(bytes, 1);
        return;
    }
    const std::size_t fixed = version == 4 ? 12 : 8;
    const std::size_t size = version == 4 ? 4 : 16;
    const ByteView rest = keep_first(bytes, fixed);
    addresses(rest.first(std::min(rest.size(), 2 * size)), size);
    if (version == 4 && bytes.size() >= 20) checksum(bytes.first(20), 10, 0, false);
}

// Everything but the addresses, which are written already, and what options hold.
void PacketScrub::ip4_header(ByteView header) {
    canvas_.keep(header.first(12));
    ip4_options(header.subspan(20));
    checksum(header, 10, 0, true);
}

// type(8) [length(8) data]: RFC 791 3.1. Routes and timestamps hold addresses.
void PacketScrub::ip4_options(ByteView options) {
    constexpr std::uint8_t kRecordRoute = 7;
    constexpr std::uint8_t kTimestamp = 68;
    constexpr std::uint8_t kLooseRoute = 131;
    constexpr std::uint8_t kStrictRoute = 137;
    constexpr std::uint8_t kRouterAlert = 148;
    Reader in{options};
    while (!in.at_end()) {
        const ByteView type = in.bytes(1);
        canvas_.keep(type);
        if (type[0] == 0) return;
        if (type[0] == 1) continue;
        const ByteView length = in.bytes(std::min<std::size_t>(1, in.remaining()));
        canvas_.keep(length);
        if (length.empty() || length[0] < 2) return;
        ByteView data = in.bytes(std::min<std::size_t>(length[0] - 2U, in.remaining()));
        if (type[0] == kRecordRoute || type[0] == kLooseRoute || type[0] == kStrictRoute) {
            addresses(keep_first(data, 1), 4);
        } else if (type[0] == kTimestamp && data.size() >= 2) {
            const bool with_addresses = (data[1] & 0xfU) != 0;
            data = keep_first(data, 2);
            for (Reader entries{data}; with_addresses && entries.remaining() >= 8;) {
                address(entries.bytes(4));
                canvas_.keep(entries.bytes(4));
            }
            if (!with_addresses) canvas_.keep(data);
        } else if (type[0] == kRouterAlert) {
            canvas_.keep(data);
        }
    }
}

void PacketScrub::ip6_header(ByteView packet, const wire::ip::IpView& view) {
    canvas_.keep(packet.first(8));
    extensions(
        packet.first(static_cast<std::size_t>(view.payload.data() - packet.data())).subspan(40),
        packet[6]);
}

// next header(8) length(8) ...: RFC 8200 4, RFC 4302 2
void PacketScrub::extensions(ByteView headers, std::uint8_t next) {
    Reader in{headers};
    while (in.remaining() >= 8) {
        const std::size_t words = in.peek(1);
        const std::size_t length = next == ip_wire::kProtoFragment ? 8
                                   : next == ip_wire::kProtoAh     ? (words + 2) * 4
                                                                   : (words + 1) * 8;
        const ByteView header = in.bytes(std::min(length, in.remaining()));
        extension(header, next);
        next = header[0];
    }
}

void PacketScrub::extension(ByteView header, std::uint8_t kind) {
    switch (kind) {
        case ip_wire::kProtoHopByHop:
        case ip_wire::kProtoDestination:
            extension_options(keep_first(header, 2));
            return;
        case ip_wire::kProtoRouting:
            routing_header(header);
            return;
        case ip_wire::kProtoAh:
            keep_first(header, 12);  // what comes after is a signature
            return;
        default:
            keep_first(header, 8);
            return;
    }
}

// next header(8) length(8) type(8) segments left(8) rest(32) | addresses: RFC 8200 4.4, RFC 6275
// 6.4, RFC 8754 2. While segments are left, checksums are made with the last address of the way
// (RFC 8200 8.1), which stands last, in a segment routing header first.
void PacketScrub::routing_header(ByteView header) {
    constexpr std::uint8_t kCompressed = 3;  // RFC 6554
    constexpr std::uint8_t kSegments = 4;
    const ByteView rest = keep_first(header, 8);
    if (header[2] == kCompressed) return;
    addresses(rest, 16);
    if (header[3] == 0 || rest.size() < 16) return;
    const std::size_t last = header[2] == kSegments ? 0 : rest.size() / 16 - 1;
    const ByteView final = rest.subspan(last * 16, 16);
    std::ranges::copy(final, ends_.destination.begin());
    std::ranges::copy(canvas_.at(final), ends_.new_destination.begin());
}

void PacketScrub::extension_options(ByteView options) {
    constexpr std::uint8_t kRouterAlert = 0x05;
    constexpr std::uint8_t kJumbo = 0xc2;
    constexpr std::uint8_t kHomeAddress = 0xc9;  // RFC 6275 6.3
    Reader in{options};
    while (!in.at_end()) {
        const ByteView type = in.bytes(1);
        canvas_.keep(type);
        if (type[0] == 0) continue;
        const ByteView length = in.bytes(std::min<std::size_t>(1, in.remaining()));
        canvas_.keep(length);
        if (length.empty()) return;
        const ByteView data = in.bytes(std::min<std::size_t>(length[0], in.remaining()));
        if (type[0] == kRouterAlert || type[0] == kJumbo) canvas_.keep(data);
        if (type[0] == kHomeAddress && data.size() == 16) {
            address(data);  // checksums are made with it, RFC 6275 6.3
            std::ranges::copy(data, ends_.source.begin());
            std::ranges::copy(canvas_.at(data), ends_.new_source.begin());
        }
    }
}

}  // namespace vedette::captures
