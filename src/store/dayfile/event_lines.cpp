#include "store/dayfile/event_lines.hpp"

#include <vector>

#include "model/vendor/vendor.hpp"
#include "render/dns_words.hpp"
#include "render/json/json_line.hpp"
#include "render/log/log_text.hpp"
#include "render/name_text.hpp"
#include "wire/dns/message.hpp"

namespace vedette::store {
namespace {

using render::JsonLine;
namespace dns = wire::dns;

void add_ip(JsonLine& line, std::string_view key, const IpAddress& address) {
    if (!address.is_unspecified()) line.text(key, address.to_text());
}

void add_text(JsonLine& line, std::string_view key, std::string_view text) {
    if (!text.empty()) line.text(key, text);
}

template <typename Event>
void add_client(JsonLine& line, const Event& event, std::string_view host) {
    if (event.mac_source != MacSource::Unknown) {
        line.text("client_mac", event.client_mac.to_text());
        line.text("mac_source", to_text(event.mac_source));
        add_text(line, "vendor", vendor_name(event.client_mac));
    }
    add_text(line, "host_name", host);
    if (event.vlan != 0) line.number("vlan", event.vlan);
    if (!event.link_source.is_zero()) line.text("orig_l2_addr", event.link_source.to_text());
    if (!event.link_destination.is_zero()) {
        line.text("resp_l2_addr", event.link_destination.to_text());
    }
}

void add_flags(JsonLine& line, const DnsTransaction& event) {
    // RD is the client's word, the rest the server's; a side that was not seen says nothing.
    const std::uint16_t asked = event.has_query() ? event.query_flags : event.response_flags;
    line.boolean("RD", (asked & dns::kFlagRd) != 0);
    line.number("Z", (asked & (dns::kFlagZ | dns::kFlagAd | dns::kFlagCd)) >> 4U);
    line.number("opcode", event.opcode());
    if (!event.has_response()) return;
    line.number("rcode", event.rcode).text("rcode_name", render::rcode_text(event.rcode));
    line.boolean("AA", (event.response_flags & dns::kFlagAa) != 0);
    line.boolean("TC", (event.response_flags & dns::kFlagTc) != 0);
    line.boolean("RA", (event.response_flags & dns::kFlagRa) != 0);
}

void add_question(JsonLine& line, const DnsTransaction& event, const ByteArena& bytes,
                  std::string& text) {
    if (event.qname.empty()) return;
    text.clear();
    render::append_name(text, bytes.view(event.qname));
    if (text.size() > 1) text.pop_back();  // Zeek writes names without the final dot
    line.text("query", text);
    line.number("qclass", event.qclass).text("qclass_name", render::class_text(event.qclass));
    line.number("qtype", event.qtype).text("qtype_name", render::type_text(event.qtype));
}

void add_policy(JsonLine& line, std::uint16_t marks) {
    const std::string policy = render::policy_text(marks);
    if (!policy.empty()) line.text("policy", policy);
}

void add_damage(JsonLine& line, wire::Damage damage) {
    if (damage) line.text("anomaly", info(damage.id).id);
}

}  // namespace

void EventLines::append_answers(std::string& out, const DnsTransaction& event,
                                const ByteArena& bytes) {
    const auto message = dns::MessageView::inspect(bytes.view(event.response_message));
    std::vector<std::uint32_t> ttls;
    dns::RecordCursor records = message.records();
    for (dns::RecordView record; records.next(record);) {
        if (record.section != dns::Section::Answer) break;
        text_.clear();
        printer_.append_rdata(text_, message.bytes(), record);
        out += ttls.empty() ? ",\"answers\":[" : ",";
        render::append_json_string(out, text_);
        ttls.push_back(record.ttl);
    }
    if (ttls.empty()) return;
    out += "],\"TTLs\":[";
    for (std::size_t i = 0; i < ttls.size(); ++i) {
        if (i != 0) out += ',';
        out += std::to_string(ttls[i]);
    }
    out += ']';
}

void EventLines::append(std::string& out, const DnsTransaction& event, const ByteArena& bytes) {
    JsonLine line(out);
    line.seconds("ts", event.time().nanos);
    line.text("id.orig_h", event.client.to_text()).number("id.orig_p", event.client_port);
    line.text("id.resp_h", event.server.to_text()).number("id.resp_p", event.server_port);
    line.text("proto", to_text(event.transport)).text("service", to_text(event.protocol));
    line.number("trans_id", event.id);
    if (event.kind == TransactionKind::Matched) line.seconds("rtt", event.latency().nanos);
    line.text("kind", to_text(event.kind));
    add_question(line, event, bytes, text_);
    add_flags(line, event);
    if (event.has_query()) line.number("orig_bytes", event.query_bytes);
    if (event.has_response()) line.number("resp_bytes", event.response_bytes);
    add_client(line, event, bytes.text(event.client_host));
    add_text(line, "sensor", sensor_);
    add_damage(line, event.damage());
    add_policy(line, event.marks);
    if (event.has_response()) append_answers(out, event, bytes);
    line.finish();
}

void EventLines::append(std::string& out, const DhcpMessage& event, const ByteArena& bytes) {
    JsonLine line(out);
    line.seconds("ts", event.time.nanos);
    line.text("id.orig_h", event.source.to_text()).number("id.orig_p", event.source_port);
    line.text("id.resp_h", event.destination.to_text()).number("id.resp_p", event.destination_port);
    line.text("service", event.v6 ? "dhcpv6" : "dhcp").number("trans_id", event.transaction_id);
    line.begin_array("msg_types").item(dhcp_type_text(event.type, event.v6)).end_array();
    line.number("type", event.type);
    line.text("mac", event.client_mac.to_text());
    add_ip(line, "client_addr", event.client_ip);
    add_ip(line, "server_addr", event.server_ip);
    add_ip(line, "requested_addr", event.requested_ip);
    add_ip(line, "assigned_addr", event.your_ip);
    add_ip(line, "relay_addr", event.relay_ip);
    if (event.lease_seconds != 0) line.number("lease_time", event.lease_seconds);
    add_text(line, "client_fqdn", bytes.text(event.client_fqdn));
    add_text(line, "domain", bytes.text(event.domain));
    add_text(line, "vendor_class", bytes.text(event.vendor_class));
    add_text(line, "message", bytes.text(event.text));
    add_client(line, event, bytes.text(event.host_name));
    add_text(line, "sensor", sensor_);
    add_damage(line, event.damage);
    add_policy(line, event.marks);
    line.finish();
}

}  // namespace vedette::store
