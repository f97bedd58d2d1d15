#include "decode/packet_messages.hpp"

#include "wire/dns/name.hpp"
#include "wire/ip/ip.hpp"
#include "wire/ip/tunnel.hpp"
#include "wire/link/link.hpp"
#include "wire/reader/reader.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::decode {
namespace {

namespace link = wire::link;
namespace ip_wire = wire::ip;

constexpr unsigned kMaxDepth = 4;  // of tunnels, as DecoderOptions has it
constexpr std::uint16_t kNbnsPort = 137;
constexpr std::uint16_t kMdnsPort = 5'353;
constexpr std::uint16_t kLlmnrPort = 5'355;

DnsProtocol protocol_of(const PacketContext& context) noexcept {
    const auto is_on = [&](std::uint16_t port) {
        return context.source_port == port || context.destination_port == port;
    };
    // The lower port is the server's; a resolver may well ask from port 5353.
    if (is_on(53)) return DnsProtocol::Dns;
    if (is_on(kNbnsPort)) return DnsProtocol::Nbns;
    if (is_on(kMdnsPort)) return DnsProtocol::Mdns;
    return is_on(kLlmnrPort) ? DnsProtocol::Llmnr : DnsProtocol::Dns;
}

/// The next layer of IP to read; empty bytes: there is none.
struct Inner {
    std::uint16_t ether_type = 0;
    ByteView bytes;
};

class Walk {
  public:
    explicit Walk(std::span<PacketMessage> out) noexcept : out_(out) {}

    void frame(const link::LinkView& view) noexcept {
        if (view.damage || view.ether_type == 0) return;
        context_.has_link = view.has_source;
        context_.link_source.octets = view.source;
        context_.link_destination.octets = view.destination;
        context_.vlan = view.vlan;
        Inner inner{view.ether_type, view.payload};
        for (unsigned depth = 0; depth <= kMaxDepth && !inner.bytes.empty(); ++depth) {
            if (inner.ether_type != link::kEtherIpv4 && inner.ether_type != link::kEtherIpv6)
                return;
            context_.tunneled = depth != 0;
            inner = ip(inner.bytes);
        }
    }
    [[nodiscard]] std::size_t found() const noexcept { return found_; }

  private:
    Inner ip(ByteView bytes) noexcept {
        const ip_wire::IpView view = ip_wire::read_ip(bytes);
        if (!view.readable() || view.fragment) return {};
        context_.source = IpAddress::from_bytes(view.source);
        context_.destination = IpAddress::from_bytes(view.destination);
        context_.hop_limit = view.hop_limit;
        switch (view.protocol) {
            case ip_wire::kProtoUdp:
                return udp(view);
            case ip_wire::kProtoTcp:
                tcp(view);
                return {};
            case ip_wire::kProtoIpv4:
            case ip_wire::kProtoIpv6:
                return {link::kEtherIpv4, view.payload};
            default:
                return tunnel(ip_wire::tunnel_of_ip_protocol(view.protocol), view.payload);
        }
    }

    Inner tunnel(ip_wire::Tunnel kind, ByteView bytes) noexcept {
        if (kind == ip_wire::Tunnel::None) return {};
        const ip_wire::TunnelView view = ip_wire::read_tunnel(kind, bytes);
        if (view.damage || view.inner == ip_wire::Inner::Nothing) return {};
        if (view.inner == ip_wire::Inner::Ip) return {link::kEtherIpv4, view.payload};
        const link::LinkView inner = view.inner == ip_wire::Inner::LinkType
                                         ? link::read_link(view.link_type, view.payload)
                                         : link::read_ether_type(view.ether_type, view.payload);
        if (inner.damage) return {};
        return {inner.ether_type, inner.payload};
    }

    Inner udp(const ip_wire::IpView& view) noexcept {
        const auto udp = wire::transport::read_udp(view.payload, view.missing);
        if (!udp.readable) return {};
        ports(udp.source_port, udp.destination_port, Transport::Udp);
        context_.snapped = udp.length > udp.payload.size();
        context_.original_bytes = context_.snapped ? udp.length : 0;
        for (const std::uint16_t port : {udp.destination_port, udp.source_port}) {
            const ip_wire::Tunnel kind = ip_wire::tunnel_of_udp_port(port);
            if (kind == ip_wire::Tunnel::None) continue;
            const Inner inner = tunnel(kind, udp.payload);
            if (!inner.bytes.empty()) return inner;
        }
        if (udp.payload.size() >= wire::dns::kHeaderBytes) keep(udp.payload);
        return {};
    }

    // All of the segment must be messages with their lengths; the middle of a stream is none.
    void tcp(const ip_wire::IpView& view) noexcept {
        const auto tcp = wire::transport::read_tcp(view.payload, view.missing);
        if (!tcp.readable || view.missing != 0) return;
        ports(tcp.source_port, tcp.destination_port, Transport::Tcp);
        const std::size_t before = found_;
        wire::Reader reader{tcp.payload};
        while (reader.ok() && !reader.at_end()) {
            const ByteView message = reader.bytes(reader.u16());
            if (reader.ok() && message.size() >= wire::dns::kHeaderBytes) keep(message);
        }
        if (!reader.ok()) found_ = before;
        for (std::size_t i = before; found_ - before > 1 && i < found_; ++i)
            out_[i].alone = false;
    }

    void ports(std::uint16_t source, std::uint16_t destination, Transport transport) noexcept {
        context_.source_port = source;
        context_.destination_port = destination;
        context_.transport = transport;
    }

    void keep(ByteView message) noexcept {
        const DnsProtocol protocol = protocol_of(context_);
        if (protocol == DnsProtocol::Nbns || found_ == out_.size()) return;
        out_[found_++] = {context_, protocol, message, true};
    }

    std::span<PacketMessage> out_;
    std::size_t found_ = 0;
    PacketContext context_;
};

}  // namespace

std::size_t read_packet_messages(std::uint16_t link_type, ByteView packet,
                                 std::span<PacketMessage> out) noexcept {
    Walk walk(out);
    link::LinkView view = link::read_link(link_type, packet);
    walk.frame(view);
    // Each subframe of an A-MSDU takes at least its header off what is left.
    while (!view.more.empty()) {
        view = link::read_subframe(view.more);
        walk.frame(view);
    }
    return walk.found();
}

}  // namespace vedette::decode
