// UDP (RFC 768) and TCP (RFC 9293) headers. Inline because ordinary traffic takes one of them per
// packet. Checksums are not verified: captures on sending machines hold unfilled ones.
//
// Views borrow the packet and die with it. Pure functions, safe on any thread.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::transport {

struct UdpView {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t length = 0;     ///< payload bytes by the header, which may exceed the capture
    bool readable = false;        ///< ports and payload may be used
    bool length_omitted = false;  ///< its length is zero, which IPv4 does not allow
    ByteView payload;
    Damage damage;  ///< offset from the start of the UDP header
};

/// Bits of TcpView::flags.
inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpAck = 0x10;

struct TcpView {
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgment = 0;
    std::uint8_t flags = 0;
    bool readable = false;
    ByteView payload;
    Damage damage;  ///< offset from the start of the TCP header
};

/// `missing` is what IP promised beyond `bytes` (IpView::missing): a length within it is the
/// capture's doing and not damage.
// source port(16) destination port(16) | length(16) checksum(16)
[[nodiscard]] inline UdpView read_udp(ByteView bytes, std::uint32_t missing) noexcept {
    UdpView view;
    Reader reader{bytes};
    view.source_port = reader.u16();
    view.destination_port = reader.u16();
    const std::size_t length = reader.u16();
    reader.skip(2);
    if (!reader.ok()) {
        view.damage.report(missing != 0 ? AnomalyId::IpPayloadCut : AnomalyId::UdpTruncated,
                           reader.failure_offset());
        return view;
    }
    const std::size_t left = reader.remaining();
    if (length == 0) {  // IPv6 jumbograms leave it out (RFC 2675 4)
        view.length_omitted = true;
        view.length = static_cast<std::uint32_t>(left + missing);
        view.payload = reader.rest();
        view.readable = true;
        return view;
    }
    if (length < 8) {
        view.damage.report(AnomalyId::UdpBadLength, 4);
        return view;
    }
    const std::size_t wanted = length - 8;
    view.readable = true;
    view.length = static_cast<std::uint32_t>(wanted);
    if (wanted > left + missing) {
        view.damage.report(AnomalyId::UdpBadLength, 4);
        view.length = static_cast<std::uint32_t>(left + missing);
    }
    view.payload = reader.bytes(wanted < left ? wanted : left);
    return view;
}

// source port(16) destination port(16) | sequence(32) | acknowledgment(32) | offset(4) reserved(4)
// flags(8) window(16) | checksum(16) urgent(16) | options
[[nodiscard]] inline TcpView read_tcp(ByteView bytes, std::uint32_t missing) noexcept {
    TcpView view;
    Reader reader{bytes};
    view.source_port = reader.u16();
    view.destination_port = reader.u16();
    view.sequence = reader.u32();
    view.acknowledgment = reader.u32();
    const std::size_t header = (reader.u8() >> 4U) * std::size_t{4};
    view.flags = reader.u8();
    reader.skip(6);
    if (!reader.ok()) {
        view.damage.report(missing != 0 ? AnomalyId::IpPayloadCut : AnomalyId::TcpTruncated,
                           reader.failure_offset());
        return view;
    }
    if (header < 20 || header > bytes.size()) {
        const bool cut = header >= 20 && missing != 0;
        view.damage.report(cut ? AnomalyId::IpPayloadCut : AnomalyId::TcpBadOffset, 12);
        return view;
    }
    reader.skip(header - 20);
    view.payload = reader.rest();
    view.readable = true;
    return view;
}

}  // namespace vedette::wire::transport
