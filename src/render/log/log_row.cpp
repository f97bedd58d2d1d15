#include "render/log/log_row.hpp"

#include "model/vendor/vendor.hpp"
#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "wire/dns/message.hpp"

namespace vedette::render {
namespace {

template <typename Event>
void set_ends(LogRow& row, const Event& event) {
    row.mac_source = event.mac_source;
    row.client_mac = event.client_mac;
    row.link_source = event.link_source;
    row.link_destination = event.link_destination;
    row.vlan = event.vlan;
    // A DHCP message names its client itself, however the link was attributed.
    const bool known = event.mac_source != MacSource::Unknown || row.dhcp;
    if (known && !event.client_mac.is_zero()) row.vendor = vendor_name(event.client_mac);
}

}  // namespace

void LogRowMaker::add_records(const DnsTransaction& event, const ByteArena& bytes) {
    const auto message = wire::dns::MessageView::inspect(bytes.view(event.response_message));
    wire::dns::RecordCursor records = message.records();
    for (wire::dns::RecordView view; records.next(view);) {
        LogRecord& record = row_.records.emplace_back();
        printer_.append_owner(record.owner, message.bytes(), view);
        record.type = type_text(view.type);
        printer_.append_rdata(record.rdata, message.bytes(), view);
        record.ttl = view.ttl;
        record.section = static_cast<std::uint8_t>(view.section);
    }
}

const LogRow& LogRowMaker::make(const DnsTransaction& event, const ByteArena& bytes) {
    row_ = LogRow{};
    set_ends(row_, event);
    row_.sensor = sensor_;
    row_.time = event.time();
    row_.host = bytes.text(event.client_host);
    row_.client = event.client;
    row_.server = event.server;
    row_.client_port = event.client_port;
    row_.server_port = event.server_port;
    row_.anomaly = event.damage().id;
    row_.protocol = event.protocol;
    row_.transport = event.transport;
    row_.kind = event.kind;
    row_.has_query = event.has_query();
    row_.has_response = event.has_response();
    if (!event.qname.empty()) {
        row_.name = name_text(bytes.view(event.qname));
        row_.type = type_text(event.qtype);
    }
    row_.qtype = event.qtype;
    row_.qclass = event.qclass;
    row_.id = event.id;
    row_.query_flags = event.query_flags;
    row_.response_flags = event.response_flags;
    row_.rcode = event.rcode;
    row_.marks = event.marks;
    row_.query_bytes = event.query_bytes;
    row_.response_bytes = event.response_bytes;
    row_.latency = event.latency();
    if (event.has_response()) add_records(event, bytes);
    return row_;
}

const LogRow& LogRowMaker::make(const DhcpMessage& event, const ByteArena& bytes) {
    row_ = LogRow{};
    row_.dhcp = true;
    set_ends(row_, event);
    row_.sensor = sensor_;
    row_.time = event.time;
    row_.host = bytes.text(event.host_name);
    row_.client = event.source;
    row_.server = event.destination;
    row_.client_port = event.source_port;
    row_.server_port = event.destination_port;
    row_.anomaly = event.damage.id;
    row_.marks = event.marks;
    row_.v6 = event.v6;
    row_.message_type = event.type;
    row_.message = dhcp_type_text(event.type, event.v6);
    row_.your_ip = event.your_ip;
    row_.requested_ip = event.requested_ip;
    row_.transaction_id = event.transaction_id;
    row_.lease_seconds = event.lease_seconds;
    row_.vendor_class = bytes.text(event.vendor_class);
    return row_;
}

}  // namespace vedette::render
