#include "captures/anonymize/packet_scrub.hpp"

#include <algorithm>

#include "captures/anonymize/dhcp_scrub.hpp"
#include "decode/dns_tracker.hpp"
#include "wire/reader/reader.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::captures {
namespace {

namespace link = wire::link;
namespace ip_wire = wire::ip;
namespace transport = wire::transport;

using ip_wire::IpView;
using wire::Reader;

constexpr unsigned kMaxRounds = 5;  // as DecoderOptions::max_tunnel_depth, and one for a quotation
constexpr std::uint8_t kProtoIgmp = 2;
constexpr std::uint8_t kProtoEsp = 50;
constexpr std::uint8_t kProtoSctp = 132;

ByteView header_of(ByteView packet, ByteView payload) noexcept {
    return packet.first(static_cast<std::size_t>(payload.data() - packet.data()));
}

}  // namespace

PacketScrub::PacketScrub(Disguise& disguise, std::span<const std::uint16_t> dns_ports)
    : disguise_(disguise), dns_(disguise), ports_(dns_ports) {}

ByteView PacketScrub::keep_first(ByteView bytes, std::size_t count) {
    const std::size_t kept = std::min(count, bytes.size());
    canvas_.keep(bytes.first(kept));
    return bytes.subspan(kept);
}

void PacketScrub::addresses(ByteView bytes, std::size_t size) {
    scrub_addresses(canvas_, bytes, size, disguise_);
}

// `whole`: no byte that the checksum covers is missing.
void PacketScrub::checksum(ByteView covered, std::size_t field, std::uint8_t protocol, bool whole) {
    if (covered.size() < field + 2) return;
    ChecksumJob job;
    job.begin = static_cast<std::uint32_t>(canvas_.offset(covered));
    job.length = static_cast<std::uint32_t>(covered.size());
    job.field = job.begin + static_cast<std::uint32_t>(field);
    job.protocol = protocol;
    job.zero_is_none = protocol == ip_wire::kProtoUdp;
    const bool pseudo = protocol == ip_wire::kProtoUdp || protocol == ip_wire::kProtoTcp ||
                        protocol == ip_wire::kProtoIcmp6;
    if (pseudo) job.ends = ends_;
    const bool none = covered[field] == 0 && covered[field + 1] == 0;
    if (job.zero_is_none && none) return;
    if (whole) judge(job, canvas_.in());
    jobs_->push_back(job);
}

// ---- link -----------------------------------------------------------------------------------

void PacketScrub::frame(const Canvas& canvas, std::uint16_t link_type,
                        std::vector<ChecksumJob>& jobs, PieceSink& pieces) {
    canvas_ = canvas;
    jobs_ = &jobs;
    pieces_ = &pieces;
    quoted_ = false;
    link::LinkIdentities identities;
    ByteView bytes = canvas.in();
    link::LinkView view = link::read_link(link_type, bytes, identities);
    for (;;) {
        link_header(bytes, identities);
        if (!view.damage && view.ether_type != 0) network({view.ether_type, view.payload});
        if (view.more.empty()) return;
        bytes = view.more;
        view = link::read_subframe(bytes, identities);
    }
}

void PacketScrub::link_header(ByteView frame, const link::LinkIdentities& identities) {
    keep_first(frame, identities.header_bytes);
    for (std::size_t i = 0; i < identities.count; ++i) {
        const link::LinkIdentities::Place& place = identities.places[i];
        const ByteView bytes = frame.subspan(place.offset, place.length);
        const std::span<std::uint8_t> to = canvas_.at(bytes);
        if (bytes.size() == 6) {
            disguise_.mac(bytes, to);
        } else {
            std::ranges::fill(to, std::uint8_t{0});
        }
    }
}

// ---- network --------------------------------------------------------------------------------

void PacketScrub::network(Round round) {
    for (unsigned depth = 0; depth <= kMaxRounds && round.ether_type != 0; ++depth) {
        if (round.ether_type == link::kEtherArp) {
            arp(round.bytes);
            return;
        }
        if (round.ether_type != link::kEtherIpv4 && round.ether_type != link::kEtherIpv6) return;
        round = ip(round.bytes);
    }
}

PacketScrub::Round PacketScrub::ip(ByteView bytes) {
    const IpView view = ip_wire::read_ip(bytes);
    if (!view.readable()) {
        unreadable_ip(bytes);
        return {};
    }
    ends_ = {};
    ends_.size = view.source.size();
    std::ranges::copy(view.source, ends_.source.begin());
    std::ranges::copy(view.destination, ends_.destination.begin());
    address(view.source);
    address(view.destination);
    std::ranges::copy(canvas_.at(view.source), ends_.new_source.begin());
    std::ranges::copy(canvas_.at(view.destination), ends_.new_destination.begin());
    if (view.version == 4) {
        ip4_header(header_of(bytes, view.payload));
    } else {
        ip6_header(bytes, view);
    }
    if (!view.fragment) return ip_payload(view);
    IpView cut = view;
    if (view.missing == 0 && pieces_ != nullptr && !quoted_) {
        pieces_->on_fragment({ends_, view.fragment_id, view.fragment_offset, view.protocol,
                              !view.more_fragments, view.payload});
        return {};
    }
    // What follows is not there; the beginning may still say much.
    if (view.fragment_offset != 0) return {};
    cut.missing = std::max(cut.missing, 1U);
    return ip_payload(cut);
}

PacketScrub::Round PacketScrub::ip_payload(const IpView& view) {
    switch (view.protocol) {
        case ip_wire::kProtoUdp:
            return udp(view);
        case ip_wire::kProtoTcp:
            tcp(view);
            return {};
        case ip_wire::kProtoIcmp:
            return icmp(view);
        case ip_wire::kProtoIcmp6:
            return icmp6(view);
        case kProtoIgmp:
            igmp(view);
            return {};
        case ip_wire::kProtoIpv4:
        case ip_wire::kProtoIpv6:
            return {link::kEtherIpv4, view.payload};
        case ip_wire::kProtoAh: {
            IpView inner = view;
            ip_wire::read_extensions(inner);
            if (!inner.readable() || inner.protocol == ip_wire::kProtoAh) return {};
            extensions(header_of(view.payload, inner.payload), ip_wire::kProtoAh);
            return ip_payload(inner);  // once: the protocol is another one now
        }
        case kProtoEsp:
        case kProtoSctp:
            keep_first(view.payload, 8);  // SPI and sequence; ports and tag
            return {};
        default:
            break;
    }
    const ip_wire::Tunnel kind = ip_wire::tunnel_of_ip_protocol(view.protocol);
    return kind == ip_wire::Tunnel::None ? Round{} : tunnel(kind, view.payload);
}

void PacketScrub::datagram(const Canvas& canvas, const FragmentPiece& first, std::uint32_t missing,
                           std::vector<ChecksumJob>& jobs) {
    canvas_ = canvas;
    jobs_ = &jobs;
    pieces_ = nullptr;
    quoted_ = false;
    ends_ = first.ends;
    IpView view;
    view.version = ends_.size == 4 ? 4 : 6;
    view.protocol = first.protocol;
    view.missing = missing;
    view.payload = canvas.in();
    if (view.version == 6) {
        const std::uint8_t next = view.protocol;
        ip_wire::read_extensions(view);
        if (!view.readable()) return;
        extensions(header_of(canvas.in(), view.payload), next);
    }
    const Round round = ip_payload(view);
    if (round.ether_type != 0) network(round);
}

// hardware(16) protocol(16) lengths(8, 8) operation(16) | addresses
void PacketScrub::arp(ByteView bytes) {
    const ByteView rest = keep_first(bytes, 8);
    if (bytes.size() < 8) return;
    Reader in{rest};
    for (unsigned side = 0; side < 2; ++side) {
        const ByteView hardware = in.bytes(bytes[4]);
        const ByteView protocol = in.bytes(bytes[5]);
        if (hardware.size() == 6) disguise_.mac(hardware, canvas_.at(hardware));
        if (protocol.size() == 4 || protocol.size() == 16) address(protocol);
    }
}

// ---- UDP and TCP ----------------------------------------------------------------------------

PacketScrub::Round PacketScrub::udp(const IpView& view) {
    const transport::UdpView udp = transport::read_udp(view.payload, view.missing);
    keep_first(view.payload, 8);
    if (!udp.readable) return {};
    const bool whole = udp.length == udp.payload.size();
    checksum(view.payload.first(8 + udp.payload.size()), 6, ip_wire::kProtoUdp, whole);
    decode::Service service = ports_.find(udp.source_port, udp.destination_port);
    if (service == decode::Service::Tunnel) {
        ip_wire::Tunnel kind = ip_wire::tunnel_of_udp_port(udp.destination_port);
        if (kind == ip_wire::Tunnel::None) kind = ip_wire::tunnel_of_udp_port(udp.source_port);
        const Round inner = tunnel(kind, udp.payload);
        if (inner.ether_type != 0) return inner;
        service = decode::Service::None;
    }
    const bool guess = service == decode::Service::None;
    if (guess && decode::DnsTracker::looks_like_dns(udp.payload)) service = decode::Service::Dns;
    udp_payload(service, udp.payload);
    return {};
}

void PacketScrub::udp_payload(decode::Service service, ByteView payload) {
    if (payload.empty()) return;
    const Canvas canvas = canvas_.part(payload);
    switch (service) {
        case decode::Service::Dns:
            return dns_.scrub(canvas, DnsProtocol::Dns);
        case decode::Service::Mdns:
            return dns_.scrub(canvas, DnsProtocol::Mdns);
        case decode::Service::Llmnr:
            return dns_.scrub(canvas, DnsProtocol::Llmnr);
        case decode::Service::Nbns:
            return dns_.scrub(canvas, DnsProtocol::Nbns);
        case decode::Service::Dhcp:
            return scrub_dhcp4(canvas, disguise_);
        case decode::Service::Dhcp6:
            return scrub_dhcp6(canvas, disguise_);
        default:
            return;
    }
}

void PacketScrub::tcp(const IpView& view) {
    const transport::TcpView tcp = transport::read_tcp(view.payload, view.missing);
    const ByteView header = tcp.readable ? header_of(view.payload, tcp.payload) : view.payload;
    keep_first(header, 20);
    if (header.size() > 20 && tcp.readable) tcp_options(header.subspan(20));
    checksum(view.payload, 16, ip_wire::kProtoTcp, view.missing == 0 && tcp.readable);
    const bool reset = (tcp.flags & transport::kTcpRst) != 0;
    const bool opens = (tcp.flags & transport::kTcpSyn) != 0;
    // A SYN without data still tells where the stream begins.
    if (!tcp.readable || (tcp.payload.empty() && !opens) || reset || quoted_) return;
    if (ports_.is_dns(tcp.source_port, tcp.destination_port) && pieces_ != nullptr) {
        pieces_->on_segment({ends_, tcp.source_port, tcp.destination_port,
                             tcp.sequence + (opens ? 1U : 0U), opens, tcp.payload});
        return;
    }
    Reader in{tcp.payload};
    const std::size_t length = in.u16();
    if (length == 0 || length != in.remaining()) return;
    const ByteView message = in.rest();
    if (!decode::DnsTracker::looks_like_dns(message)) return;
    keep_first(tcp.payload, 2);
    dns_.scrub(canvas_.part(message), DnsProtocol::Dns);
}

// kind(8) [length(8) data]: MSS, window scale, SACK and timestamps say nothing of people; what
// signs and what nobody knows becomes zero.
void PacketScrub::tcp_options(ByteView options) {
    Reader in{options};
    while (!in.at_end()) {
        const ByteView kind = in.bytes(1);
        canvas_.keep(kind);
        if (kind[0] == 0) return;
        if (kind[0] == 1) continue;
        const ByteView length = in.bytes(std::min<std::size_t>(1, in.remaining()));
        canvas_.keep(length);
        if (length.empty() || length[0] < 2) return;
        const ByteView data = in.bytes(std::min<std::size_t>(length[0] - 2U, in.remaining()));
        if (kind[0] >= 2 && kind[0] <= 8) canvas_.keep(data);
    }
}

// ---- tunnels --------------------------------------------------------------------------------

PacketScrub::Round PacketScrub::tunnel(ip_wire::Tunnel kind, ByteView bytes) {
    const ip_wire::TunnelView view = ip_wire::read_tunnel(kind, bytes);
    if (view.damage || view.inner == ip_wire::Inner::Nothing) return {};
    tunnel_header(kind, header_of(bytes, view.payload), bytes);
    if (view.inner == ip_wire::Inner::Ip) return {link::kEtherIpv4, view.payload};
    link::LinkIdentities identities;
    const link::LinkView inner =
        view.inner == ip_wire::Inner::LinkType
            ? link::read_link(view.link_type, view.payload, identities)
            : link::read_ether_type(view.ether_type, view.payload, identities);
    link_header(view.payload, identities);
    if (inner.damage) return {};
    return {inner.ether_type, inner.payload};
}

void PacketScrub::tunnel_header(ip_wire::Tunnel kind, ByteView header, ByteView whole) {
    constexpr std::size_t kFixedBytes = 8;  // of Geneve and CAPWAP; options and a MAC follow
    switch (kind) {
        case ip_wire::Tunnel::Geneve:
        case ip_wire::Tunnel::Capwap:
            keep_first(header, kFixedBytes);
            return;
        case ip_wire::Tunnel::Teredo:
            teredo_header(header);
            return;
        case ip_wire::Tunnel::Tzsp:
            // The fields may name the sensor; as zeroes they are padding before the last byte.
            keep_first(header, 4);
            canvas_.keep(header.last(1));
            return;
        case ip_wire::Tunnel::Gre:
            canvas_.keep(header);
            // The checksum covers what GRE carries (RFC 2784 2.1).
            if (header.size() >= 6 && (header[0] & 0x80U) != 0) checksum(whole, 4, 0, true);
            return;
        default:
            canvas_.keep(header);
            return;
    }
}

// As wire/ip/tunnel.cpp draws it; an origin's port and address are stored inverted (RFC
// 4380 5.1.1).
void PacketScrub::teredo_header(ByteView header) {
    Reader in{header};
    if (in.peek() == 0 && in.peek(1) == 1) {
        const ByteView head = in.bytes(4);
        canvas_.keep(head);
        if (head.size() == 4) in.skip(head[2] + std::size_t{head[3]} + 9);
    }
    if (in.remaining() < 8) return;
    canvas_.keep(in.bytes(4));
    const ByteView inverted = in.bytes(4);
    std::array<std::uint8_t, 4> plain{};
    std::ranges::transform(inverted, plain.begin(),
                           [](std::uint8_t octet) { return static_cast<std::uint8_t>(~octet); });
    std::array<std::uint8_t, 4> mapped{};
    disguise_.addresses().map(plain, mapped);
    std::ranges::transform(mapped, canvas_.at(inverted).begin(),
                           [](std::uint8_t octet) { return static_cast<std::uint8_t>(~octet); });
}

}  // namespace vedette::captures
