#include "decode/layer_walk.hpp"

#include <algorithm>

#include "decode/frame.hpp"
#include "wire/arp/arp.hpp"
#include "wire/icmp/ndp.hpp"
#include "wire/reader/reader.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::decode {
namespace {

namespace link = wire::link;
namespace ip_wire = wire::ip;

using ip_wire::IpView;
using wire::AnomalyId;

/// Copied over the context of the last packet. Built on the stack instead, it cost 20 ns a packet:
/// narrow stores read back by wide loads stall.
constexpr PacketContext kBlankContext{};

}  // namespace

LayerWalk::LayerWalk(const DecoderOptions& options, TraceCounts& counts)
    : options_(options),
      counts_(counts),
      ports_(options.dns_ports),
      identity_(options.identity),
      dns_(identity_, counts, options.dns),
      dhcp_(identity_, counts, options.dhcp),
      fragments_(options.max_fragment_bytes),
      streams_({options.max_streams, options.max_stream_bytes}) {}

// ---- books ----------------------------------------------------------------------------------

void LayerWalk::mark(wire::Damage damage) noexcept {
    if (damage && info(damage.id).severity > wire::Severity::Info) malformed_ = true;
}

// Damage below DNS and DHCP: counted always, told with its first bytes when it is worth a look.
void LayerWalk::note(wire::Damage damage) {
    if (!damage) return;
    ++counts_.anomalies[static_cast<std::size_t>(damage.id)];
    mark(damage);
    if (info(damage.id).severity == wire::Severity::Info) return;
    if (anomaly_events_ >= kMaxAnomalyEvents) return;
    ++anomaly_events_;
    AnomalyEvent& event = out_->anomalies.emplace_back();
    event.time = context_.time;
    event.packet = context_.packet;
    event.source = context_.source;
    event.destination = context_.destination;
    event.link_source = context_.link_source;
    event.damage = damage;
    if (record_ == nullptr) return;
    const ByteView bytes = record_->bytes();
    event.evidence =
        out_->bytes.append(bytes.first(std::min<std::size_t>(bytes.size(), kEvidenceBytes)));
}

Outcome LayerWalk::damaged(wire::Damage damage) {
    note(damage);
    return Outcome::Damaged;
}

// ---- link -----------------------------------------------------------------------------------

Outcome LayerWalk::packet(const sys::PacketRecord& record, Timestamp time, std::uint64_t number,
                          EventBatch& out) {
    out_ = &out;
    record_ = &record;
    malformed_ = saw_vlan_ = saw_ipv6_ = false;
    context_ = kBlankContext;
    context_.time = time;
    context_.packet = number;
    context_.interface = record.interface;
    PlainFrame plain;
    if (record.link_type == link::kLinkEthernet) plain = read_plain_ethernet(record.bytes());
    if (plain.ether_type != 0) {
        context_.link_destination = MacAddress::from_bytes(plain.destination);
        context_.link_source = MacAddress::from_bytes(plain.source);
        context_.has_link = true;
    }
    const Outcome outcome =
        plain.ether_type != 0 ? network(plain.ether_type, plain.payload) : frame(record);
    if (malformed_) ++counts_.malformed;
    if (saw_vlan_) ++counts_.vlan_frames;
    if (saw_ipv6_) ++counts_.ipv6_frames;
    record_ = nullptr;
    return outcome;
}

Outcome LayerWalk::frame(const sys::PacketRecord& record) {
    link::LinkView view = link::read_link(record.link_type, record.bytes());
    context_.vlan = view.vlan;
    saw_vlan_ = view.vlan_tags != 0;
    Outcome best = Outcome::NotOurs;
    for (;;) {
        context_.has_link = view.has_source;
        context_.link_source.octets = view.source;
        context_.link_destination.octets = view.destination;
        Outcome outcome = Outcome::NotOurs;
        if (view.damage) {
            outcome = damaged(view.damage);
        } else if (view.ether_type != 0) {
            outcome = network(view.ether_type, view.payload);
        }
        best = std::max(best, outcome);
        if (view.more.empty()) return best;
        view = link::read_subframe(view.more);
    }
}

// ---- network --------------------------------------------------------------------------------

Outcome LayerWalk::network(std::uint16_t ether_type, ByteView bytes) {
    Round round{true, Outcome::NotOurs, ether_type, bytes};
    for (std::uint32_t depth = 0;; ++depth) {
        if (round.ether_type() == link::kEtherArp) return arp(round.bytes());
        const bool is_ip =
            round.ether_type() == link::kEtherIpv4 || round.ether_type() == link::kEtherIpv6;
        if (!is_ip) return Outcome::NotOurs;
        if (depth > options_.max_tunnel_depth) return damaged({AnomalyId::IpTunnelTooDeep, 0});
        round = ip(round.ether_type(), round.bytes());
        if (!round.again()) return round.outcome();
        context_.tunneled = true;
    }
}

// One IP header with its fragments, up to a message or the next header inside.
LayerWalk::Round LayerWalk::ip(std::uint16_t ether_type, ByteView bytes) {
    IpView view = ip_wire::read_ip(bytes);
    // IPv6 under IPv4's EtherType is met; the other way round only damage makes.
    if (ether_type == link::kEtherIpv6 && view.version == 4) [[unlikely]] {
        return {false, damaged({AnomalyId::IpBadVersion, 0}), 0, {}};
    }
    context_.source = IpAddress::from_bytes(view.source);
    context_.destination = IpAddress::from_bytes(view.destination);
    context_.hop_limit = view.hop_limit;
    if (view.damage) [[unlikely]]
        note(view.damage);
    saw_ipv6_ |= view.source.size() == 16;
    if (!view.readable()) return {false, Outcome::Damaged, 0, {}};
    if (view.fragment || view.fragment_header) [[unlikely]] {
        ++(view.version == 4 ? counts_.ipv4_fragments : counts_.ipv6_fragments);
        if (view.fragment && !reassemble(view)) return {false, Outcome::Held, 0, {}};
    }
    return transport(view);
}

// True when `view` now holds a whole datagram, or all that the capture kept of its beginning.
bool LayerWalk::reassemble(IpView& view) {
    // A fragment that the capture cut can never become whole; its first bytes may still say much.
    if (view.missing != 0) return view.fragment_offset == 0;
    const IpDefragmenter::Result result = fragments_.add(context_.time, view);
    counts_.anomalies[static_cast<std::size_t>(AnomalyId::FragmentTimeout)] += result.timed_out;
    for (std::uint32_t i = 0; i < result.dropped; ++i)
        note({AnomalyId::FragmentBudget, 0});
    note(result.damage);
    if (!result.complete) return false;
    view.payload = result.payload;
    view.protocol = result.protocol;
    context_.fragmented = true;
    if (view.version == 6) {
        ip_wire::read_extensions(view);
        note(view.damage);
    }
    return view.readable();
}

LayerWalk::Round LayerWalk::transport(const IpView& view) {
    switch (view.protocol) {
        case ip_wire::kProtoUdp:
            return udp(view);
        case ip_wire::kProtoTcp:
            return {false, tcp(view), 0, {}};
        case ip_wire::kProtoIcmp6:
            return {false, ndp(view), 0, {}};
        case ip_wire::kProtoIpv4:
        case ip_wire::kProtoIpv6:
            return {true, Outcome::NotOurs, link::kEtherIpv4, view.payload};
        case ip_wire::kProtoAh: {
            IpView inner = view;
            ip_wire::read_extensions(inner);
            if (inner.readable() && inner.protocol != ip_wire::kProtoAh) return transport(inner);
            return {false, damaged(inner.damage), 0, {}};
        }
        default:
            break;
    }
    const ip_wire::Tunnel kind = ip_wire::tunnel_of_ip_protocol(view.protocol);
    if (kind == ip_wire::Tunnel::None) return {};
    return tunnel(kind, view.payload, view.missing != 0);
}

// What a tunnel carries; `again` only when it leads to IP or ARP. `cut`: the capture ends early.
LayerWalk::Round LayerWalk::tunnel(ip_wire::Tunnel kind, ByteView bytes, bool cut) {
    const link::LinkView inner = open_tunnel(kind, bytes, cut);
    if (inner.damage) return {false, damaged(inner.damage), 0, {}};
    if (inner.vlan_tags != 0) saw_vlan_ = true;
    return {inner.ether_type != 0, Outcome::NotOurs, inner.ether_type, inner.payload};
}

Outcome LayerWalk::arp(ByteView bytes) {
    const wire::arp::ArpView view = wire::arp::read_arp(bytes);
    if (view.damage) return damaged(view.damage);
    ++counts_.arp;
    if (view.claims_address()) {
        neighbour(IpAddress::from_bytes(view.sender_ip), view.sender_mac, MacSource::Arp);
    }
    return Outcome::Decoded;
}

// RFC 4861 7.1: only hop limit 255 proves that the sender is on this link.
Outcome LayerWalk::ndp(const IpView& view) {
    const wire::icmp::NdpView message = wire::icmp::read_ndp(view.payload, view.missing);
    if (message.damage) return damaged(message.damage);
    if (!message.is_ndp) return Outcome::NotOurs;
    ++counts_.ndp;
    if (view.hop_limit != 255 || context_.tunneled) return Outcome::Decoded;
    if (message.type == wire::icmp::kNeighbourAdvertisement) {
        neighbour(IpAddress::from_bytes(message.target), message.target_mac, MacSource::Ndp);
    } else if (message.type != wire::icmp::kRedirect) {
        neighbour(context_.source, message.source_mac, MacSource::Ndp);
    }
    if (message.type == wire::icmp::kRouterAdvertisement) {
        identity_.on_router(context_.time, context_.source, context_.link_source);
        if (!message.prefix.empty()) {
            identity_.on_prefix({IpAddress::from_bytes(message.prefix), message.prefix_length});
        }
    }
    return Outcome::Decoded;
}

void LayerWalk::neighbour(const IpAddress& address, ByteView mac, MacSource source) {
    if (mac.empty() || context_.tunneled) return;
    if (address.is_unspecified() || address.is_multicast()) return;
    identity_.on_neighbour(context_.time, address, MacAddress::from_bytes(mac), source, *out_);
}

// ---- transport ------------------------------------------------------------------------------

LayerWalk::Round LayerWalk::udp(const IpView& view) {
    const wire::transport::UdpView udp = wire::transport::read_udp(view.payload, view.missing);
    if (udp.damage) [[unlikely]]
        note(udp.damage);
    if (!udp.readable) return {false, Outcome::Damaged, 0, {}};
    if (udp.length_omitted && view.version == 4) [[unlikely]] {
        return {false, damaged({AnomalyId::UdpBadLength, 4}), 0, {}};
    }
    context_.source_port = udp.source_port;
    context_.destination_port = udp.destination_port;
    context_.snapped = udp.length > udp.payload.size();
    context_.original_bytes = context_.snapped ? udp.length : 0;
    Service service = ports_.find(udp.source_port, udp.destination_port);
    if (service == Service::Tunnel) {
        ip_wire::Tunnel kind = ip_wire::tunnel_of_udp_port(udp.destination_port);
        if (kind == ip_wire::Tunnel::None) kind = ip_wire::tunnel_of_udp_port(udp.source_port);
        const Round inner = tunnel(kind, udp.payload, context_.snapped);
        if (inner.again()) return inner;
        service = Service::None;
    }
    if (service == Service::None && options_.guess_dns_ports &&
        DnsTracker::looks_like_dns(udp.payload)) {
        service = Service::Dns;
    }
    return {false, datagram(service, udp.payload), 0, {}};
}

Outcome LayerWalk::datagram(Service service, ByteView payload) {
    if (payload.empty()) return Outcome::NotOurs;
    switch (service) {
        case Service::Dns:
            return dns(context_, DnsProtocol::Dns, payload);
        case Service::Mdns:
            ++counts_.mdns;
            return dns(context_, DnsProtocol::Mdns, payload);
        case Service::Llmnr:
            ++counts_.llmnr;
            return dns(context_, DnsProtocol::Llmnr, payload);
        case Service::Nbns:
            ++counts_.nbns;
            return dns(context_, DnsProtocol::Nbns, payload);
        case Service::Dhcp:
        case Service::Dhcp6:
            return dhcp(service, payload);
        case Service::None:
        case Service::Tunnel:
            break;
    }
    if (options_.encrypted) sights_.on_datagram(context_, payload, *out_);
    return Outcome::NotOurs;
}

Outcome LayerWalk::dhcp(Service service, ByteView payload) {
    identity_.on_packet(context_);
    mark(service == Service::Dhcp ? dhcp_.on_v4(context_, payload, *out_)
                                  : dhcp_.on_v6(context_, payload, *out_));
    return Outcome::Decoded;
}

Outcome LayerWalk::dns(const PacketContext& context, DnsProtocol protocol, ByteView message) {
    identity_.on_packet(context);
    mark(dns_.on_message(context, protocol, message, *out_));
    return Outcome::Decoded;
}

Outcome LayerWalk::tcp(const IpView& view) {
    const wire::transport::TcpView tcp = wire::transport::read_tcp(view.payload, view.missing);
    if (!tcp.readable) return damaged(tcp.damage);
    context_.source_port = tcp.source_port;
    context_.destination_port = tcp.destination_port;
    context_.transport = Transport::Tcp;
    // What a reset carries is a reason for people, not stream data (RFC 9293 3.10.7.3).
    if ((tcp.flags & wire::transport::kTcpRst) != 0) return Outcome::NotOurs;
    if (ports_.is_dns(tcp.source_port, tcp.destination_port)) {
        stream_messages_ = 0;
        streams_.add(context_, tcp, *this);
        traced();
        return stream_messages_ != 0 ? Outcome::Decoded : Outcome::Held;
    }
    if (options_.encrypted) sights_.on_tcp(context_, tcp, *out_);
    // Elsewhere only a segment that is exactly one sound message with its length is taken.
    const bool other_service = ports_.find(tcp.source_port, tcp.destination_port) != Service::None;
    if (!options_.guess_dns_ports || other_service) return Outcome::NotOurs;
    wire::Reader reader{tcp.payload};
    const std::size_t length = reader.u16();
    if (length == 0 || length != reader.remaining()) return Outcome::NotOurs;
    const ByteView message = reader.rest();
    if (!DnsTracker::looks_like_dns(message)) return Outcome::NotOurs;
    return dns(context_, DnsProtocol::Dns, message);
}

void LayerWalk::on_stream_message(const PacketContext& context, ByteView message) {
    ++stream_messages_;
    dns(context, DnsProtocol::Dns, message);
}

void LayerWalk::on_stream_anomaly(const PacketContext&, AnomalyId id) {
    note({id, 0});
}

void LayerWalk::on_stream_traced(const PacketContext& context, ByteView frame) {
    traced_.keep(context, frame);
}

// What the frames kept while the stream table was at work carry.
void LayerWalk::traced() {
    traced_.drain([this](const PacketContext& context, DnsProtocol protocol, ByteView message) {
        ++stream_messages_;
        dns(context, protocol, message);
    });
}

// ---- time -----------------------------------------------------------------------------------

void LayerWalk::expire(Timestamp now, EventBatch& out) {
    out_ = &out;
    streams_.expire(now, *this);
    traced();
    dns_.expire(now, out);
    dhcp_.expire(now, out);
    sights_.expire(now, out);
}

void LayerWalk::finish(EventBatch& out) {
    out_ = &out;
    streams_.finish(*this);
    traced();
    dns_.flush(out);
    sights_.finish(out);
}

}  // namespace vedette::decode
