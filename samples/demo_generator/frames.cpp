#include "frames.hpp"

namespace demo {
namespace {

constexpr std::uint16_t kTypeIpv4 = 0x0800, kTypeArp = 0x0806, kTypeIpv6 = 0x86dd;
constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58;
constexpr std::size_t kMinimumFrame = 60;

std::uint32_t sum16(ByteView bytes, std::uint32_t sum) {
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        sum += std::uint32_t{bytes[i]} << 8U;
        if (i + 1 < bytes.size()) sum += bytes[i + 1];
    }
    return sum;
}

std::uint16_t folded(std::uint32_t sum) {
    while (sum > 0xffff)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

/// RFC 768, RFC 9293 3.1 and RFC 8200 8.1: the pseudo header counts too.
std::uint16_t checksum(const Endpoint& from, const Endpoint& to, std::uint8_t protocol,
                       ByteView payload) {
    std::uint32_t sum = sum16(from.ip.bytes(), 0);
    sum = sum16(to.ip.bytes(), sum);
    return folded(sum16(payload, sum + protocol + static_cast<std::uint32_t>(payload.size())));
}

Octets ethernet(const MacAddress& from, const MacAddress& to, std::uint16_t type) {
    Octets out;
    out.mac(to).mac(from).u16(type);
    return out;
}

/// What is left of the sender's hop limit on this wire: all of it for machines here (192.0.2.0/24
/// and every IPv6 address of the demo), 255 to multicast DNS (RFC 6762 11), less from far away.
std::uint8_t hop_limit(const IpAddress& from, const IpAddress& to) {
    if (to == *IpAddress::parse("224.0.0.251") || to == *IpAddress::parse("ff02::fb")) return 255;
    const bool here = !from.is_v4() || from.is_unspecified() || from.to_v4() >> 8U == 0xc00002U;
    return here ? 64 : 55;
}

Frame ip_frame(const Endpoint& from, const Endpoint& to, std::uint8_t protocol, ByteView payload) {
    const bool v4 = from.ip.is_v4();
    Octets out = ethernet(from.mac, to.mac, v4 ? kTypeIpv4 : kTypeIpv6);
    if (v4) {
        Octets header;
        header.u16(0x4500).u16(20 + payload.size());
        header.u16(folded(sum16(payload, protocol))).u16(0x4000);  // any identification will do
        header.u8(hop_limit(from.ip, to.ip)).u8(protocol).u16(0).ip(from.ip).ip(to.ip);
        header.set16(10, folded(sum16(header.view(), 0)));
        out.raw(header.view());
    } else {
        out.u32(0x60000000)
            .u16(payload.size())
            .u8(protocol)
            .u8(hop_limit(from.ip, to.ip))
            .ip(from.ip)
            .ip(to.ip);
    }
    out.raw(payload);
    return out.bytes();
}

}  // namespace

MacAddress group_mac(const IpAddress& ip) {
    const ByteView bytes = ip.bytes();
    if (!ip.is_v4()) {
        std::uint64_t low = 0;
        for (std::size_t i = 12; i < 16; ++i)
            low = low << 8U | bytes[i];
        return MacAddress::from_u64(0x333300000000ULL | low);
    }
    if (bytes[0] == 255) return MacAddress::from_u64(0xffffffffffffULL);
    return MacAddress::from_u64(0x01005e000000ULL | (ip.to_v4() & 0x7fffffU));
}

Frame udp_frame(const Endpoint& from, const Endpoint& to, ByteView payload) {
    Octets udp;
    udp.u16(from.port).u16(to.port).u16(8 + payload.size()).u16(0).raw(payload);
    const std::uint16_t sum = checksum(from, to, kUdp, udp.view());
    udp.set16(6, sum == 0 ? 0xffff : sum);
    return ip_frame(from, to, kUdp, udp.view());
}

Frame tcp_frame(const Endpoint& from, const Endpoint& to, const Segment& segment) {
    Octets tcp;
    tcp.u16(from.port).u16(to.port).u32(segment.sequence).u32(segment.acknowledged);
    const bool syn = (segment.flags & kSyn) != 0;
    tcp.u8(syn ? 0x60 : 0x50).u8(segment.flags).u16(64240).u16(0).u16(0);
    if (syn) tcp.u16(0x0204).u16(1460);  // maximum segment size
    tcp.raw(segment.payload);
    tcp.set16(16, checksum(from, to, kTcp, tcp.view()));
    return ip_frame(from, to, kTcp, tcp.view());
}

Frame icmp_frame(const Endpoint& from, const Endpoint& to, ByteView message) {
    Octets icmp;
    icmp.raw(message);
    if (from.ip.is_v4()) {
        icmp.set16(2, folded(sum16(icmp.view(), 0)));
        return ip_frame(from, to, kIcmp, icmp.view());
    }
    icmp.set16(2, checksum(from, to, kIcmp6, icmp.view()));
    Frame frame = ip_frame(from, to, kIcmp6, icmp.view());
    frame[14 + 7] = 255;  // RFC 4861 7.1: neighbour discovery has never crossed a router
    return frame;
}

Frame arp_frame(std::uint16_t operation, const Endpoint& from, const Endpoint& to) {
    const bool all = to.mac.is_zero();
    Octets out =
        ethernet(from.mac, all ? MacAddress::from_u64(0xffffffffffffULL) : to.mac, kTypeArp);
    out.u16(1).u16(kTypeIpv4).u8(6).u8(4).u16(operation);
    out.mac(from.mac).ip(from.ip).mac(to.mac).ip(to.ip);
    out.zeros(kMinimumFrame - out.size());
    return out.bytes();
}

}  // namespace demo
