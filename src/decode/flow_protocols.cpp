#include "decode/flow_protocols.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>

#include "decode/dns_tracker.hpp"
#include "wire/reader/reader.hpp"
#include "wire/transport/transport.hpp"

namespace vedette::decode {
namespace {

constexpr std::size_t kEndpoints = 1'024;
constexpr std::size_t kFragments = 1'024;

std::uint64_t endpoint_key(Carrier carrier, const IpAddress& address, std::uint16_t port) noexcept {
    const std::uint64_t number = std::uint64_t{port} << 1U | static_cast<std::uint64_t>(carrier);
    return mix64(IpHash{}(address) + number * 0x9e3779b97f4a7c15ULL);
}

/// Equal in both directions.
std::uint64_t flow_key(Carrier carrier, const PacketFacts& facts) noexcept {
    return endpoint_key(carrier, facts.source, facts.source_port) +
           endpoint_key(carrier, facts.destination, facts.destination_port);
}

std::uint64_t fragment_key(const PacketFacts& facts, std::uint32_t id) noexcept {
    return mix64(IpHash{}(facts.source) + 3 * IpHash{}(facts.destination) +
                 (std::uint64_t{id} << 8U | facts.ip_protocol));
}

std::optional<ProtocolId> of_service(Service service) noexcept {
    switch (service) {
        case Service::Dns:
            return ProtocolId::Dns;
        case Service::Mdns:
            return ProtocolId::Mdns;
        case Service::Llmnr:
            return ProtocolId::Llmnr;
        case Service::Nbns:
            return ProtocolId::Nbns;
        case Service::Dhcp:
            return ProtocolId::Dhcp;
        case Service::Dhcp6:
            return ProtocolId::DhcpV6;
        case Service::None:
        case Service::Tunnel:
            break;
    }
    return std::nullopt;
}

/// A segment that is one sound message with TCP's length before it, as LayerWalk takes it.
bool is_framed_dns(ByteView payload) noexcept {
    wire::Reader reader{payload};
    const std::size_t length = reader.u16();
    return length != 0 && length == reader.remaining() && DnsTracker::looks_like_dns(reader.rest());
}

ProtocolId or_else(ProtocolId id, ProtocolId other) noexcept {
    return id != ProtocolId::Unknown ? id : other;
}

/// The number that begins at `text`; moves past it.
std::uint32_t take_number(std::string_view& text) noexcept {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc() ? number : 0;
}

/// The port of "h1,h2,h3,h4,p1,p2" (RFC 959 4.1.2); 0 when there is none.
std::uint16_t port_of_six_numbers(std::string_view text) noexcept {
    std::uint32_t last = 0;
    std::uint32_t before = 0;
    for (unsigned i = 0; i < 6; ++i) {
        before = last;
        last = take_number(text);
        if (last > 255 || (i < 5 && !text.starts_with(','))) return 0;
        if (i < 5) text.remove_prefix(1);
    }
    return static_cast<std::uint16_t>(before << 8U | last);
}

/// The port of "(|||p|)" or "|1|address|p|" (RFC 2428 2, 3).
std::uint16_t port_between_bars(std::string_view text) noexcept {
    for (unsigned i = 0; i < 3; ++i) {
        const std::size_t bar = text.find('|');
        if (bar == std::string_view::npos) return 0;
        text.remove_prefix(bar + 1);
    }
    const std::uint32_t port = take_number(text);
    return port <= UINT16_MAX ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}

/// The port that an FTP command or reply opens at the side that sent it; 0 when none.
std::uint16_t announced_port(std::string_view line) noexcept {
    line = line.substr(0, std::min<std::size_t>(line.find('\r'), 120));
    if (line.starts_with("PORT ")) return port_of_six_numbers(line.substr(5));
    if (line.starts_with("EPRT ")) return port_between_bars(line);
    if (line.starts_with("229 ")) return port_between_bars(line);
    if (!line.starts_with("227 ")) return 0;
    const std::size_t open = line.find('(');
    return open == std::string_view::npos ? std::uint16_t{0}
                                          : port_of_six_numbers(line.substr(open + 1));
}

}  // namespace

FlowProtocols::FlowProtocols(const PortTable& ports, const InspectorOptions& options)
    : ports_(&ports),
      guess_dns_(options.guess_dns_ports),
      flows_(std::bit_ceil(std::max<std::uint32_t>(options.max_flows, 2))),
      endpoints_(kEndpoints),
      fragments_(kFragments) {}

FlowProtocols::Flow& FlowProtocols::flow_of(Carrier carrier, const PacketFacts& facts) noexcept {
    const std::uint64_t key = flow_key(carrier, facts);
    Flow& flow = flows_[key & (flows_.size() - 1)];
    if (flow.name != key) flow = {key, ProtocolId::Unknown, 0};
    return flow;
}

ProtocolId FlowProtocols::tcp(const PacketFacts& facts) noexcept {
    if (ports_->is_dns(facts.source_port, facts.destination_port)) return ProtocolId::Dns;
    Flow& flow = flow_of(Carrier::Tcp, facts);
    // A new connection of the same ports is a new flow.
    constexpr std::uint8_t kSyn = wire::transport::kTcpSyn;
    if ((facts.tcp_flags & (kSyn | wire::transport::kTcpAck)) == kSyn) {
        flow.protocol = ProtocolId::Unknown;
        flow.looks = 0;
    }
    const ProtocolId by_port =
        protocol_of_ports(Carrier::Tcp, facts.source_port, facts.destination_port);
    if (flow.protocol == ProtocolId::Unknown && by_port == ProtocolId::Unknown) {
        flow.protocol = expected(Carrier::Tcp, facts);
    }
    if (flow.protocol == ProtocolId::Unknown && !facts.payload.empty()) {
        const ProtocolId found = look(Carrier::Tcp, facts, by_port, flow);
        if (found == ProtocolId::Unknown && by_port == ProtocolId::Unknown && guess_dns_ &&
            is_framed_dns(facts.payload)) {
            flow.protocol = ProtocolId::Dns;
        }
    }
    const ProtocolId id = or_else(or_else(flow.protocol, by_port), ProtocolId::Tcp);
    if (id == ProtocolId::Ftp) read_ftp(facts);
    return id;
}

ProtocolId FlowProtocols::udp(const PacketFacts& facts) noexcept {
    const auto service = of_service(ports_->find(facts.source_port, facts.destination_port));
    if (service) return *service;
    // Per datagram, as Decoder does it.
    if (guess_dns_ && DnsTracker::looks_like_dns(facts.payload)) return ProtocolId::Dns;
    Flow& flow = flow_of(Carrier::Udp, facts);
    const ProtocolId by_port =
        protocol_of_ports(Carrier::Udp, facts.source_port, facts.destination_port);
    if (flow.protocol == ProtocolId::Unknown && by_port == ProtocolId::Unknown) {
        flow.protocol = expected(Carrier::Udp, facts);
    }
    if (flow.protocol == ProtocolId::Unknown) (void)look(Carrier::Udp, facts, by_port, flow);
    const ProtocolId id = or_else(or_else(flow.protocol, by_port), ProtocolId::Udp);
    // RFC 1350 4: the server goes on from a port of its own.
    if (id == ProtocolId::Tftp) expect(Carrier::Udp, facts.source, facts.source_port, id);
    return id;
}

// Decides the flow when the payload tells, or when enough of them did not.
ProtocolId FlowProtocols::look(Carrier carrier, const PacketFacts& facts, ProtocolId by_port,
                               Flow& flow) noexcept {
    ProtocolId found = protocol_of_content(carrier, facts.payload);
    if (found == ProtocolId::Unknown && by_port == ProtocolId::Unknown) {
        found = protocol_hint(carrier, facts.payload);
    }
    if (keeps_name(by_port, found)) found = by_port;
    if (found != ProtocolId::Unknown) {
        flow.protocol = found;
    } else if (++flow.looks >= kMaxLooks) {
        flow.protocol =
            or_else(by_port, carrier == Carrier::Tcp ? ProtocolId::Tcp : ProtocolId::Udp);
    }
    return found;
}

ProtocolId FlowProtocols::expected(Carrier carrier, const PacketFacts& facts) const noexcept {
    for (const auto key : {endpoint_key(carrier, facts.destination, facts.destination_port),
                           endpoint_key(carrier, facts.source, facts.source_port)}) {
        const Endpoint& endpoint = endpoints_[key % kEndpoints];
        if (endpoint.key == key) return endpoint.protocol;
    }
    return ProtocolId::Unknown;
}

void FlowProtocols::expect(Carrier carrier, const IpAddress& address, std::uint16_t port,
                           ProtocolId id) noexcept {
    const std::uint64_t key = endpoint_key(carrier, address, port);
    endpoints_[key % kEndpoints] = {key, id};
}

void FlowProtocols::read_ftp(const PacketFacts& facts) noexcept {
    if (facts.payload.size() < 10) return;
    const std::uint16_t port = announced_port(as_text(facts.payload));
    if (port != 0) expect(Carrier::Tcp, facts.source, port, ProtocolId::FtpData);
}

void FlowProtocols::keep_fragment(const PacketFacts& facts, std::uint32_t id) noexcept {
    const std::uint64_t key = fragment_key(facts, id);
    fragments_[key % kFragments] = {key, facts.source_port, facts.destination_port, facts.protocol};
}

void FlowProtocols::find_fragment(PacketFacts& facts, std::uint32_t id) const noexcept {
    const std::uint64_t key = fragment_key(facts, id);
    const Fragment& first = fragments_[key % kFragments];
    facts.protocol = ProtocolId::IpFragment;
    if (first.key != key || first.protocol == ProtocolId::Unknown) return;
    facts.protocol = first.protocol;
    facts.source_port = first.source_port;
    facts.destination_port = first.destination_port;
    facts.has_ports = facts.source_port != 0 || facts.destination_port != 0;
}

}  // namespace vedette::decode
