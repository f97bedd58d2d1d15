#include "captures/flows/flow_packet.hpp"

#include "wire/ip/ip.hpp"
#include "wire/link/link.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

namespace link = wire::link;
namespace ip = wire::ip;

constexpr std::uint8_t kProtoDccp = 33;
constexpr std::uint8_t kProtoSctp = 132;
constexpr std::uint8_t kProtoUdpLite = 136;

constexpr bool has_ports(std::uint8_t protocol) noexcept {
    return protocol == ip::kProtoTcp || protocol == ip::kProtoUdp || protocol == kProtoDccp ||
           protocol == kProtoSctp || protocol == kProtoUdpLite;
}

void read_transport(FlowPacket& packet) noexcept {
    wire::Reader reader{packet.payload};
    if (has_ports(packet.protocol)) {
        const std::uint16_t source = reader.u16();
        const std::uint16_t destination = reader.u16();
        if (!reader.ok()) return;
        packet.source_port = source;
        packet.destination_port = destination;
        if (packet.protocol != ip::kProtoTcp) return;
        reader.skip(9);
        packet.tcp_flags = reader.u8();
    } else if (packet.protocol == ip::kProtoIcmp || packet.protocol == ip::kProtoIcmp6) {
        packet.icmp = reader.u16();
    }
}

}  // namespace

FlowPacket read_flow_packet(const sys::PacketRecord& record) noexcept {
    FlowPacket packet;
    const link::LinkView frame = link::read_link(record.link_type, record.bytes());
    if (frame.ether_type != link::kEtherIpv4 && frame.ether_type != link::kEtherIpv6) {
        return packet;
    }
    const ip::IpView view = ip::read_ip(frame.payload);
    if (!view.readable()) return packet;
    packet.is_ip = true;
    packet.vlan = frame.vlan;
    packet.source = IpAddress::from_bytes(view.source);
    packet.destination = IpAddress::from_bytes(view.destination);
    packet.protocol = view.protocol;
    packet.payload = view.payload;
    const auto header = static_cast<std::uint32_t>(view.payload.data() - frame.payload.data());
    packet.ip_bytes = header + static_cast<std::uint32_t>(view.payload.size()) + view.missing;
    packet.fragment = view.fragment;
    packet.fragment_id = view.fragment_id;
    packet.first_fragment = view.fragment && view.fragment_offset == 0;
    if (!view.fragment || packet.first_fragment) read_transport(packet);
    return packet;
}

}  // namespace vedette::captures
