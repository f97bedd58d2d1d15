#include "decode/dns_seen.hpp"

namespace vedette::decode {
namespace {

using wire::AnomalyId;

constexpr std::uint16_t kClassMask = 0x7fff;
constexpr std::uint16_t kNbnsBroadcast = 0x0010;  // RFC 1002 4.2.1.1
constexpr std::uint16_t kTypeIxfr = 251;
constexpr std::uint16_t kTypeAxfr = 252;

bool is_to_many(const PacketContext& packet) noexcept {
    return packet.destination.is_multicast() ||
           (packet.destination.is_v4() && packet.destination.to_v4() == UINT32_MAX);
}

}  // namespace

bool Seen::is_response() const noexcept {
    return view.bytes().size() > 2 && view.bytes()[2] >= 0x80;
}

wire::dns::Dialect dialect_of(DnsProtocol protocol) noexcept {
    if (protocol == DnsProtocol::Dns) return wire::dns::Dialect::Unicast;
    return protocol == DnsProtocol::Nbns ? wire::dns::Dialect::NetBios
                                         : wire::dns::Dialect::Multicast;
}

wire::Damage judge(const PacketContext& packet, wire::Damage damage) noexcept {
    if (!packet.snapped) return damage;
    switch (damage.id) {
        case AnomalyId::DnsHeaderTruncated:
        case AnomalyId::DnsCountBeyond:
        case AnomalyId::DnsNameTruncated:
        case AnomalyId::DnsLabelOverrun:
        case AnomalyId::DnsQuestionTruncated:
        case AnomalyId::DnsRecordTruncated:
        case AnomalyId::DnsRdataOverrun:
            return {AnomalyId::DnsCaptureCut, damage.offset};
        default:
            return damage;
    }
}

bool pairs(const Seen& seen) noexcept {
    if (!seen.view.has_header() || is_to_many(seen.packet)) return false;
    if (seen.protocol == DnsProtocol::Nbns) {
        return (seen.view.header().flags & kNbnsBroadcast) == 0;
    }
    return seen.protocol == DnsProtocol::Dns;
}

bool is_transfer(std::uint16_t qtype) noexcept {
    return qtype == kTypeIxfr || qtype == kTypeAxfr;
}

std::uint16_t marks_of(const Seen& seen) noexcept {
    const wire::dns::MessageView& view = seen.view;
    const bool response = view.header().is_response();
    std::uint16_t marks = 0;
    const auto set = [&marks](bool condition, std::uint16_t mark) {
        if (condition) marks |= mark;
    };
    if (view.edns().present) {
        marks |= response ? DnsMarks::kResponseEdns : DnsMarks::kQueryEdns;
        set(!response && view.edns().dnssec_ok, DnsMarks::kQueryDo);
        set(view.edns().has_client_subnet, DnsMarks::kEcs);
        set(view.edns().has_cookie, DnsMarks::kCookie);
    }
    set(view.questions_read() > 1, DnsMarks::kMultiQuestion);
    set(seen.packet.fragmented, DnsMarks::kFragmented);
    set(seen.packet.tunneled, DnsMarks::kTunneled);
    set(seen.protocol == DnsProtocol::Mdns && view.question_class() > kClassMask,
        DnsMarks::kUnicastReply);
    set(is_transfer(view.question_type()), DnsMarks::kTransfer);
    return marks;
}

std::uint16_t class_of(const Seen& seen) noexcept {
    const std::uint16_t qclass = seen.view.question_class();
    return seen.protocol == DnsProtocol::Mdns ? qclass & kClassMask : qclass;
}

ExchangeKey key_of(const Seen& seen) noexcept {
    const PacketContext& packet = seen.packet;
    const std::uint16_t id = seen.view.header().id;
    if (seen.is_response()) {
        return {packet.destination, packet.source, packet.destination_port, packet.source_port, id,
                packet.transport};
    }
    return {packet.source,   packet.destination, packet.source_port, packet.destination_port, id,
            packet.transport};
}

PendingQuery to_pending(const Seen& seen) noexcept {
    const PacketContext& packet = seen.packet;
    PendingQuery query;
    query.key = key_of(seen);
    query.protocol = seen.protocol;
    query.qname_length = static_cast<std::uint8_t>(seen.view.question_name().size());
    query.time = packet.time;
    query.alive = packet.time;
    query.packet = packet.packet;
    query.link_source = packet.link_source;
    query.link_destination = packet.link_destination;
    query.edns_mac = MacAddress::from_bytes(seen.view.edns().client_mac);
    query.has_link = packet.has_link && !packet.tunneled;
    query.vlan = packet.vlan;
    query.interface = packet.interface;
    query.qtype = seen.view.question_type();
    query.qclass = class_of(seen);
    query.flags = seen.view.header().flags;
    query.marks = marks_of(seen);
    query.bytes = seen.wire_bytes();
    query.damage = seen.damage;
    return query;
}

void set_addresses(DnsTransaction& event, const ExchangeKey& key) noexcept {
    event.client = key.client;
    event.server = key.server;
    event.client_port = key.client_port;
    event.server_port = key.server_port;
    event.id = key.id;
    event.transport = key.transport;
}

void set_query(DnsTransaction& event, const PendingQuery& query) noexcept {
    set_addresses(event, query.key);
    event.protocol = query.protocol;
    event.query_time = query.time;
    event.query_packet = query.packet;
    event.link_source = query.link_source;
    event.link_destination = query.link_destination;
    event.vlan = query.vlan;
    event.interface = query.interface;
    event.query_flags = query.flags;
    event.marks = query.marks;
    event.query_bytes = query.bytes;
    event.query_damage = query.damage;
    event.qtype = query.qtype;
    event.qclass = query.qclass;
}

void set_response(DnsTransaction& event, const Seen& seen) noexcept {
    event.response_time = seen.packet.time;
    event.response_packet = seen.packet.packet;
    event.response_flags = seen.view.header().flags;
    event.rcode = seen.view.full_rcode();
    event.marks |= marks_of(seen);
    event.response_bytes = seen.wire_bytes();
    event.response_damage = seen.damage;
    event.answer_messages = 1;
}

}  // namespace vedette::decode
