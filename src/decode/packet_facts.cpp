#include "decode/packet_facts.hpp"

#include "decode/flow_protocols.hpp"
#include "decode/frame.hpp"
#include "decode/port_table.hpp"
#include "wire/arp/arp.hpp"
#include "wire/reader/reader.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::decode {
namespace {

namespace link = wire::link;
namespace ip_wire = wire::ip;
using ip_wire::IpView;

constexpr PacketFacts kBlankFacts{};
constexpr std::uint8_t kProtoSctp = 132;

bool is_radio(std::uint16_t link_type) noexcept {
    constexpr std::uint16_t kRadioLinks[] = {link::kLinkWifi, 119, 127, 163, 192};
    for (const std::uint16_t type : kRadioLinks) {
        if (link_type == type) return true;
    }
    return false;
}

ProtocolId first_known(ProtocolId id, ProtocolId other) noexcept {
    return id != ProtocolId::Unknown ? id : other;
}

/// What a frame is that leads to neither IP nor ARP.
ProtocolId of_link(const link::LinkView& view, std::uint16_t link_type) noexcept {
    if (view.damage.id == wire::AnomalyId::LinkUnknownType) return ProtocolId::Unknown;
    if (view.damage) return ProtocolId::Damaged;
    if (view.llc != 0 && view.last_type == 0) {
        return first_known(protocol_of_llc(view.llc), ProtocolId::Llc);
    }
    if (view.snap_oui != 0) {
        return first_known(protocol_of_snap(view.last_type), ProtocolId::Llc);
    }
    if (view.last_type != 0) {
        return first_known(protocol_of_ether_type(view.last_type), ProtocolId::Ethernet);
    }
    return is_radio(link_type) ? ProtocolId::Wifi : ProtocolId::Unknown;
}

ProtocolId of_ip_protocol(const PacketFacts& facts) noexcept {
    return first_known(protocol_of_ip(facts.ip_protocol),
                       facts.ip_version == 6 ? ProtocolId::Ipv6 : ProtocolId::Ipv4);
}

}  // namespace

struct PacketInspector::State {
    explicit State(const InspectorOptions& options)
        : ports(options.dns_ports), flows(ports, options), depth_limit(options.max_tunnel_depth) {}

    /// What is to be read next; ether_type 0 ends the walk. Small enough to be handed back in
    /// registers: a struct in memory, written in parts and copied whole, stalls the processor.
    class Round {
      public:
        Round() noexcept = default;
        Round(std::uint16_t ether_type, ByteView bytes) noexcept
            : data_(bytes.data()),
              size_(static_cast<std::uint32_t>(bytes.size())),
              ether_type_(ether_type) {}
        [[nodiscard]] std::uint16_t ether_type() const noexcept {
            return static_cast<std::uint16_t>(ether_type_);
        }
        [[nodiscard]] ByteView bytes() const noexcept { return {data_, size_}; }

      private:
        const std::uint8_t* data_ = nullptr;
        std::uint32_t size_ = 0;
        std::uint32_t ether_type_ = 0;  // as wide as makes two whole registers
    };

    [[nodiscard]] Round frame(const sys::PacketRecord& record, PacketFacts& out) noexcept;
    void network(Round round, PacketFacts& out) noexcept;
    void arp(ByteView bytes, PacketFacts& out) noexcept;
    [[nodiscard]] Round ip(const Round& round, PacketFacts& out) noexcept;
    [[nodiscard]] Round transport(const IpView& view, PacketFacts& out) noexcept;
    [[nodiscard]] Round udp(const IpView& view, PacketFacts& out) noexcept;
    void tcp(const IpView& view, PacketFacts& out) noexcept;
    void other(const IpView& view, PacketFacts& out) noexcept;
    [[nodiscard]] Round tunnel(ip_wire::Tunnel kind, ByteView bytes, bool cut,
                               PacketFacts& out) noexcept;

    PortTable ports;
    FlowProtocols flows;
    std::uint32_t depth_limit;
};

PacketInspector::PacketInspector(const InspectorOptions& options)
    : state_(std::make_unique<State>(options)) {}
PacketInspector::~PacketInspector() = default;
PacketInspector::PacketInspector(PacketInspector&&) noexcept = default;
PacketInspector& PacketInspector::operator=(PacketInspector&&) noexcept = default;

void PacketInspector::inspect(const sys::PacketRecord& record, std::uint64_t number,
                              PacketFacts& out) noexcept {
    out = kBlankFacts;
    out.time = record.time;
    out.packet = number;
    out.captured = record.captured;
    out.original = std::max(record.original, record.captured);
    out.link_type = record.link_type;
    out.interface = record.interface;
    state_->network(state_->frame(record, out), out);
}

PacketInspector::State::Round PacketInspector::State::frame(const sys::PacketRecord& record,
                                                            PacketFacts& out) noexcept {
    if (record.link_type == link::kLinkEthernet) {
        const PlainFrame plain = read_plain_ethernet(record.bytes());
        if (plain.ether_type != 0) {
            out.link_source = MacAddress::from_bytes(plain.source);
            out.link_destination = MacAddress::from_bytes(plain.destination);
            out.has_link = true;
            return {plain.ether_type, plain.payload};
        }
    }
    link::LinkView view = link::read_link(record.link_type, record.bytes());
    // Of several frames in one (A-MSDU) the first stands for all.
    if (view.ether_type == 0 && !view.more.empty()) view = link::read_subframe(view.more);
    out.link_source.octets = view.source;
    out.link_destination.octets = view.destination;
    out.has_link = view.has_source;
    out.vlan = view.vlan;
    out.damage = view.damage;
    if (view.ether_type == 0) {
        out.ether_type = view.last_type;
        out.protocol = of_link(view, record.link_type);
    }
    return {view.ether_type, view.payload};
}

void PacketInspector::State::network(Round round, PacketFacts& out) noexcept {
    for (std::uint32_t depth = 0; round.ether_type() != 0; ++depth) {
        out.ether_type = round.ether_type();
        if (depth > depth_limit) {
            out.damage.report(wire::AnomalyId::IpTunnelTooDeep, 0);
            return;
        }
        out.tunneled = depth != 0;
        if (round.ether_type() == link::kEtherArp) return arp(round.bytes(), out);
        round = ip(round, out);
    }
}

void PacketInspector::State::arp(ByteView bytes, PacketFacts& out) noexcept {
    const wire::arp::ArpView view = wire::arp::read_arp(bytes);
    out.protocol = ProtocolId::Arp;
    out.damage = view.damage;
    out.payload = bytes;
    if (view.sender_ip.empty()) return;
    out.source = IpAddress::from_bytes(view.sender_ip);
    out.destination = IpAddress::from_bytes(view.target_ip);
}

PacketInspector::State::Round PacketInspector::State::ip(const Round& round,
                                                         PacketFacts& out) noexcept {
    const IpView view = ip_wire::read_ip(round.bytes());
    if (view.damage) out.damage.report(view.damage.id, view.damage.offset);
    if (!view.readable() || (round.ether_type() == link::kEtherIpv6 && view.version == 4)) {
        // Inside a tunnel what was read outside still stands.
        if (!out.has_ip) {
            out.protocol =
                round.ether_type() == link::kEtherIpv6 ? ProtocolId::Ipv6 : ProtocolId::Ipv4;
        }
        return {};
    }
    out.ether_type = view.version == 6 ? link::kEtherIpv6 : link::kEtherIpv4;
    const IpAddress source = IpAddress::from_bytes(view.source);
    const IpAddress destination = IpAddress::from_bytes(view.destination);
    out.source = source;
    out.destination = destination;
    if (!out.has_ip) {
        out.outer_source = source;
        out.outer_destination = destination;
    }
    out.has_ip = true;
    out.has_ports = false;
    out.ip_version = view.version;
    out.ip_protocol = view.protocol;
    out.hop_limit = view.hop_limit;
    out.payload = ByteView(view.payload.data(), view.payload.size());
    out.payload_bytes = static_cast<std::uint32_t>(view.payload.size()) + view.missing;
    const auto header = static_cast<std::uint32_t>(view.payload.data() - round.bytes().data());
    out.ip_bytes = header + out.payload_bytes;
    out.fragment = view.fragment;
    out.fragment_offset = view.fragment_offset;
    out.fragment_id = view.fragment_id;
    if (!view.fragment) return transport(view, out);
    if (view.fragment_offset != 0) {
        flows.find_fragment(out, view.fragment_id);
        return {};
    }
    // Only whole datagrams are followed into tunnels.
    (void)transport(view, out);
    flows.keep_fragment(out, view.fragment_id);
    return {};
}

PacketInspector::State::Round PacketInspector::State::transport(const IpView& view,
                                                                PacketFacts& out) noexcept {
    switch (view.protocol) {
        case ip_wire::kProtoUdp:
            return udp(view, out);
        case ip_wire::kProtoTcp:
            tcp(view, out);
            return {};
        case ip_wire::kProtoIpv4:
        case ip_wire::kProtoIpv6:
            out.protocol = of_ip_protocol(out);
            return {link::kEtherIpv4, view.payload};
        case ip_wire::kProtoAh: {
            IpView inner = view;
            ip_wire::read_extensions(inner);
            out.protocol = ProtocolId::Ah;
            if (!inner.readable() || inner.protocol == ip_wire::kProtoAh) return {};
            out.ip_protocol = inner.protocol;
            out.payload = inner.payload;
            return transport(inner, out);
        }
        default:
            break;
    }
    other(view, out);
    const ip_wire::Tunnel kind = ip_wire::tunnel_of_ip_protocol(view.protocol);
    if (kind == ip_wire::Tunnel::None) return {};
    return tunnel(kind, view.payload, view.missing != 0, out);
}

PacketInspector::State::Round PacketInspector::State::tunnel(ip_wire::Tunnel kind, ByteView bytes,
                                                             bool cut, PacketFacts& out) noexcept {
    const link::LinkView inner = open_tunnel(kind, bytes, cut);
    if (inner.damage) out.damage.report(inner.damage.id, inner.damage.offset);
    return {inner.ether_type, inner.payload};
}

// ICMP and all that has no ports; of SCTP (RFC 9260 3.1) the ports.
void PacketInspector::State::other(const IpView& view, PacketFacts& out) noexcept {
    out.protocol = of_ip_protocol(out);
    wire::Reader reader{view.payload};
    if (view.protocol == ip_wire::kProtoIcmp || view.protocol == ip_wire::kProtoIcmp6) {
        out.icmp_type = reader.u8();
        out.icmp_code = reader.u8();
        out.is_icmp = reader.ok();
    } else if (view.protocol == kProtoSctp) {
        out.source_port = reader.u16();
        out.destination_port = reader.u16();
        out.has_ports = reader.ok();
    }
}

PacketInspector::State::Round PacketInspector::State::udp(const IpView& view,
                                                          PacketFacts& out) noexcept {
    // A first fragment has the length of the whole; what later fragments bring is not missing.
    const std::uint32_t missing = view.fragment ? UINT16_MAX : view.missing;
    const wire::transport::UdpView udp = wire::transport::read_udp(view.payload, missing);
    if (udp.damage) out.damage.report(udp.damage.id, udp.damage.offset);
    out.protocol = ProtocolId::Udp;
    if (!udp.readable) return {};
    out.source_port = udp.source_port;
    out.destination_port = udp.destination_port;
    out.has_ports = true;
    out.payload = ByteView(udp.payload.data(), udp.payload.size());
    out.payload_bytes = udp.length;
    if (!view.fragment && ports.find(udp.source_port, udp.destination_port) == Service::Tunnel) {
        ip_wire::Tunnel kind = ip_wire::tunnel_of_udp_port(udp.destination_port);
        if (kind == ip_wire::Tunnel::None) kind = ip_wire::tunnel_of_udp_port(udp.source_port);
        const Round inner = tunnel(kind, udp.payload, udp.length > udp.payload.size(), out);
        if (inner.ether_type() == link::kEtherIpv4 || inner.ether_type() == link::kEtherIpv6 ||
            inner.ether_type() == link::kEtherArp) {
            return inner;
        }
    }
    out.protocol = flows.udp(out);
    return {};
}

void PacketInspector::State::tcp(const IpView& view, PacketFacts& out) noexcept {
    const wire::transport::TcpView tcp = wire::transport::read_tcp(view.payload, view.missing);
    if (tcp.damage) out.damage.report(tcp.damage.id, tcp.damage.offset);
    out.protocol = ProtocolId::Tcp;
    if (!tcp.readable) return;
    out.source_port = tcp.source_port;
    out.destination_port = tcp.destination_port;
    out.has_ports = true;
    out.tcp_flags = tcp.flags;
    out.tcp_sequence = tcp.sequence;
    out.tcp_acknowledgment = tcp.acknowledgment;
    out.payload = tcp.payload;
    out.payload_bytes = static_cast<std::uint32_t>(tcp.payload.size()) + view.missing;
    out.protocol = flows.tcp(out);
}

}  // namespace vedette::decode
