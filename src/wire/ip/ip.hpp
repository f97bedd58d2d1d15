// IPv4 (RFC 791) and IPv6 (RFC 8200) headers as one view: what protocol is inside, its bytes, and
// whether they are one fragment of more. Options and extension headers are stepped over.
//
// The view borrows the packet and dies with it. read_ipv4 is inline because ordinary traffic takes
// it once per packet. Pure functions, safe on any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::ip {

/// Protocol numbers (IANA) that matter here.
inline constexpr std::uint8_t kProtoHopByHop = 0;
inline constexpr std::uint8_t kProtoIcmp = 1;
inline constexpr std::uint8_t kProtoIpv4 = 4;
inline constexpr std::uint8_t kProtoTcp = 6;
inline constexpr std::uint8_t kProtoUdp = 17;
inline constexpr std::uint8_t kProtoIpv6 = 41;
inline constexpr std::uint8_t kProtoRouting = 43;
inline constexpr std::uint8_t kProtoFragment = 44;
inline constexpr std::uint8_t kProtoGre = 47;
inline constexpr std::uint8_t kProtoAh = 51;
inline constexpr std::uint8_t kProtoIcmp6 = 58;
inline constexpr std::uint8_t kProtoDestination = 60;
inline constexpr std::uint8_t kProtoEtherIp = 97;
inline constexpr std::uint8_t kProtoMpls = 137;

/// Extension headers followed in one packet. RFC 8200 4.1 knows six places; more is evasion.
inline constexpr unsigned kMaxExtensions = 16;

struct IpView {
    std::uint8_t version = 0;    ///< 4 or 6; 0 when the header is unreadable
    std::uint8_t protocol = 0;   ///< of `payload`
    std::uint8_t hop_limit = 0;  ///< TTL or hop limit
    bool fragment = false;       ///< a part of a datagram (IPv6 atomic fragments are not)
    bool more_fragments = false;
    bool fragment_header = false;  ///< IPv6 carried one, even if atomic
    std::uint32_t fragment_id = 0;
    std::uint32_t fragment_offset = 0;  ///< bytes
    std::uint32_t missing = 0;          ///< payload bytes the header promised but nobody captured
    ByteView source;                    ///< 4 or 16 bytes
    ByteView destination;
    ByteView payload;  ///< without link padding
    Damage damage;     ///< offset from the start of the IP header

    /// Whether addresses and payload may be used; damage of a lesser kind may still be reported.
    [[nodiscard]] bool readable() const noexcept { return version != 0; }
};

namespace detail {

/// `total` counts from the start of the header. Zero means the sender left the length to its
/// network card (segmentation offload), so all that was captured belongs to the packet.
inline void clip(Reader& reader, IpView& view, std::size_t total) noexcept {
    const std::size_t header = reader.offset();
    const std::size_t left = reader.remaining();
    std::size_t length = left;
    if (total != 0) {
        length = total - header;
        if (length > left) {
            view.missing = static_cast<std::uint32_t>(length - left);
            view.damage.report(AnomalyId::IpPayloadCut, reader.size());
            length = left;
        }
    }
    view.payload = reader.bytes(length);
}

}  // namespace detail

// RFC 791 3.1: version(4) IHL(4) TOS(8) total length(16) | id(16) flags(3) offset(13) |
// TTL(8) protocol(8) checksum(16) | source(32) | destination(32) | options
[[nodiscard]] inline IpView read_ipv4(ByteView packet) noexcept {
    IpView view;
    Reader reader{packet};
    const std::uint8_t first = reader.u8();
    reader.skip(1);
    const std::size_t total = reader.u16();
    const std::uint16_t id = reader.u16();
    const std::uint16_t fragment = reader.u16();
    view.hop_limit = reader.u8();
    view.protocol = reader.u8();
    reader.skip(2);
    view.source = reader.bytes(4);
    view.destination = reader.bytes(4);
    if (!reader.ok()) {
        view.damage.report(AnomalyId::IpTruncated, reader.failure_offset());
        return view;
    }
    const std::size_t header = (first & 0xfU) * std::size_t{4};
    if (header < 20 || (total != 0 && header > total)) {
        view.damage.report(header < 20 ? AnomalyId::IpBadHeaderLength : AnomalyId::IpBadTotalLength,
                           header < 20 ? 0 : 2);
        return view;
    }
    reader.skip(header - 20);
    if (!reader.ok()) {
        view.damage.report(AnomalyId::IpTruncated, reader.failure_offset());
        return view;
    }
    view.version = 4;
    view.fragment_id = id;
    view.fragment_offset = (fragment & 0x1fffU) * 8U;
    view.more_fragments = (fragment & 0x2000U) != 0;
    view.fragment = (fragment & 0x3fffU) != 0;
    detail::clip(reader, view, total);
    return view;
}

/// Reads the header and every extension header up to the payload or the first fragment header that
/// is not atomic.
[[nodiscard]] IpView read_ipv6(ByteView packet) noexcept;

/// Extension headers in front of a payload that was put together from fragments; AH in IPv4 too.
/// Updates protocol and payload, fragment fields never.
void read_extensions(IpView& view) noexcept;

/// By the version nibble; other versions report IpBadVersion.
[[nodiscard]] IpView read_ip(ByteView packet) noexcept;

}  // namespace vedette::wire::ip
