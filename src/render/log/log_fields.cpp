#include "render/log/log_fields.hpp"

#include <fmt/format.h>

#include <array>

#include "render/dns_words.hpp"
#include "render/json/json_line.hpp"
#include "render/log/log_text.hpp"
#include "sys/clock/local_time.hpp"
#include "wire/dns/message.hpp"

namespace vedette::render {
namespace {

namespace dns = wire::dns;

/// As Zeek writes names: without the final dot.
std::string_view undotted(std::string_view name) noexcept {
    return name.size() > 1 ? name.substr(0, name.size() - 1) : name;
}

std::string_view service_text(const LogRow& row) noexcept {
    if (row.dhcp) return row.v6 ? "dhcpv6" : "dhcp";
    return to_text(row.protocol);
}

std::string seconds_text(std::int64_t nanos) {
    return fmt::format("{}.{:06}", nanos / kNanosPerSecond,
                       nanos % kNanosPerSecond / kNanosPerMicro);
}

void add_question(JsonLine& line, const LogRow& row) {
    if (!row.name.empty()) {
        line.text("query", undotted(row.name));
        line.number("qclass", row.qclass).text("qclass_name", class_text(row.qclass));
        line.number("qtype", row.qtype).text("qtype_name", type_text(row.qtype));
    }
    const std::uint16_t asked = row.has_query ? row.query_flags : row.response_flags;
    line.boolean("RD", (asked & dns::kFlagRd) != 0);
    line.number("Z", (asked & (dns::kFlagZ | dns::kFlagAd | dns::kFlagCd)) >> 4U);
    line.number("opcode", asked >> 11U & 0xfU);
}

void add_answer(JsonLine& line, const LogRow& row) {
    line.number("rcode", row.rcode).text("rcode_name", rcode_text(row.rcode));
    line.boolean("AA", (row.response_flags & dns::kFlagAa) != 0);
    line.boolean("TC", (row.response_flags & dns::kFlagTc) != 0);
    line.boolean("RA", (row.response_flags & dns::kFlagRa) != 0);
}

void add_records(JsonLine& line, const LogRow& row) {
    bool any = false;
    for (const LogRecord& record : row.records)
        any = any || record.section == 1;
    if (!any) return;
    line.begin_array("answers");
    for (const LogRecord& record : row.records) {
        if (record.section == 1) line.item(record.rdata);
    }
    line.end_array().begin_array("TTLs");
    for (const LogRecord& record : row.records) {
        if (record.section == 1) line.item(static_cast<std::int64_t>(record.ttl));
    }
    line.end_array();
}

void add_dns(JsonLine& line, const LogRow& row) {
    line.text("proto", to_text(row.transport)).text("service", to_text(row.protocol));
    line.number("trans_id", row.id);
    if (row.kind == TransactionKind::Matched) line.seconds("rtt", row.latency.nanos);
    line.text("kind", to_text(row.kind));
    add_question(line, row);
    if (row.has_response) add_answer(line, row);
    if (row.has_query) line.number("orig_bytes", row.query_bytes);
    if (row.has_response) line.number("resp_bytes", row.response_bytes);
}

void add_dhcp(JsonLine& line, const LogRow& row) {
    line.text("service", service_text(row)).number("trans_id", row.transaction_id);
    line.begin_array("msg_types").item(row.message).end_array().number("type", row.message_type);
    line.text("mac", row.client_mac.to_text());
    if (!row.requested_ip.is_unspecified()) {
        line.text("requested_addr", row.requested_ip.to_text());
    }
    if (!row.your_ip.is_unspecified()) line.text("assigned_addr", row.your_ip.to_text());
    if (row.lease_seconds != 0) line.number("lease_time", row.lease_seconds);
    if (!row.vendor_class.empty()) line.text("vendor_class", row.vendor_class);
}

void add_client(JsonLine& line, const LogRow& row) {
    if (row.mac_source != MacSource::Unknown) {
        line.text("client_mac", row.client_mac.to_text());
        line.text("mac_source", to_text(row.mac_source));
    }
    if (!row.vendor.empty()) line.text("vendor", row.vendor);
    if (!row.host.empty()) line.text("host_name", row.host);
    if (row.vlan != 0) line.number("vlan", row.vlan);
    if (!row.sensor.empty()) line.text("sensor", row.sensor);
    if (!row.link_source.is_zero()) line.text("orig_l2_addr", row.link_source.to_text());
    if (!row.link_destination.is_zero()) {
        line.text("resp_l2_addr", row.link_destination.to_text());
    }
    if (row.anomaly != wire::AnomalyId::None) line.text("anomaly", wire::info(row.anomaly).id);
    const std::string policy = policy_text(row.marks);
    if (!policy.empty()) line.text("policy", policy);
}

using CellText = std::string (*)(const LogRow&);

struct Field {
    std::string_view title;
    CellText text;
};

std::string answers_joined(const LogRow& row) {
    std::string text;
    for (const LogRecord& record : row.records) {
        if (record.section == 1) text.append(text.empty() ? "" : " ").append(record.rdata);
    }
    return text;
}

std::string known_mac(const MacAddress& mac) {
    return mac.is_zero() ? std::string() : mac.to_text();
}

std::string number_if(bool present, std::uint64_t number) {
    return present ? fmt::format("{}", number) : std::string();
}

// Order of the columns of CSV and TSV; appended to, never reordered.
constexpr std::array kFields{
    Field{"ts", [](const LogRow& r) { return seconds_text(r.time.nanos); }},
    Field{"date", [](const LogRow& r) { return sys::date_text(r.time); }},
    Field{"time", [](const LogRow& r) { return sys::clock_text(r.time); }},
    Field{"client_mac", [](const LogRow& r) { return client_mac_text(r); }},
    Field{"mac_source", [](const LogRow& r) { return std::string(to_text(r.mac_source)); }},
    Field{"vendor", [](const LogRow& r) { return r.vendor; }},
    Field{"host_name", [](const LogRow& r) { return r.host; }},
    Field{"id.orig_h", [](const LogRow& r) { return r.client.to_text(); }},
    Field{"id.orig_p", [](const LogRow& r) { return number_if(true, r.client_port); }},
    Field{"id.resp_h", [](const LogRow& r) { return r.server.to_text(); }},
    Field{"id.resp_p", [](const LogRow& r) { return number_if(true, r.server_port); }},
    Field{"service", [](const LogRow& r) { return std::string(service_text(r)); }},
    Field{"proto",
          [](const LogRow& r) {
              return r.dhcp ? std::string("udp") : std::string(to_text(r.transport));
          }},
    Field{"kind",
          [](const LogRow& r) { return r.dhcp ? std::string() : std::string(to_text(r.kind)); }},
    Field{"query", [](const LogRow& r) { return std::string(undotted(r.name)); }},
    Field{"qtype_name", [](const LogRow& r) { return r.type; }},
    Field{"rcode_name",
          [](const LogRow& r) { return r.has_response ? rcode_text(r.rcode) : std::string(); }},
    Field{"answers", [](const LogRow& r) { return answers_joined(r); }},
    Field{"rtt",
          [](const LogRow& r) {
              const bool matched = !r.dhcp && r.kind == TransactionKind::Matched;
              return matched ? seconds_text(r.latency.nanos) : std::string();
          }},
    Field{"orig_bytes", [](const LogRow& r) { return number_if(r.has_query, r.query_bytes); }},
    Field{"resp_bytes",
          [](const LogRow& r) { return number_if(r.has_response, r.response_bytes); }},
    Field{"msg_type", [](const LogRow& r) { return r.message; }},
    Field{"assigned_addr",
          [](const LogRow& r) {
              return r.your_ip.is_unspecified() ? std::string() : r.your_ip.to_text();
          }},
    Field{"requested_addr",
          [](const LogRow& r) {
              return r.requested_ip.is_unspecified() ? std::string() : r.requested_ip.to_text();
          }},
    Field{"lease_time",
          [](const LogRow& r) { return number_if(r.lease_seconds != 0, r.lease_seconds); }},
    Field{"vlan", [](const LogRow& r) { return number_if(r.vlan != 0, r.vlan); }},
    Field{"orig_l2_addr", [](const LogRow& r) { return known_mac(r.link_source); }},
    Field{"resp_l2_addr", [](const LogRow& r) { return known_mac(r.link_destination); }},
    Field{"anomaly", [](const LogRow& r) { return std::string(wire::info(r.anomaly).id); }},
    Field{"policy", [](const LogRow& r) { return policy_text(r.marks); }},
    Field{"sensor", [](const LogRow& r) { return r.sensor; }},
};

}  // namespace

void append_log_json(std::string& out, const LogRow& row) {
    JsonLine line(out);
    line.seconds("ts", row.time.nanos);
    line.text("id.orig_h", row.client.to_text()).number("id.orig_p", row.client_port);
    line.text("id.resp_h", row.server.to_text()).number("id.resp_p", row.server_port);
    if (row.dhcp) {
        add_dhcp(line, row);
    } else {
        add_dns(line, row);
    }
    add_client(line, row);
    add_records(line, row);
    line.finish();
}

std::vector<std::string> log_titles() {
    std::vector<std::string> titles;
    for (const Field& field : kFields)
        titles.emplace_back(field.title);
    return titles;
}

std::vector<std::string> log_cells(const LogRow& row) {
    std::vector<std::string> cells;
    for (const Field& field : kFields)
        cells.push_back(field.text(row));
    return cells;
}

std::vector<TextColumn> log_table_columns() {
    return {{"time"},
            {"client"},
            {"vendor", Align::Left, 7, Presence::IfFilled, 1},
            {"host", Align::Left, 6, Presence::IfFilled, 2},
            {"ip", Align::Left, 9, Presence::IfWide},
            {"server", Align::Left, 9, Presence::IfWide},
            {"request", Align::Left, 20},
            {"answer", Align::Left, 14, Presence::Always, 4},
            {"latency", Align::Right, 0, Presence::Always, 3},
            {"damage", Align::Left, 0, Presence::IfFilled},
            {"policy", Align::Left, 0, Presence::IfFilled},
            {"sensor", Align::Left, 0, Presence::IfFilled}};
}

std::vector<TextCell> log_table_cells(const LogRow& row) {
    return {{sys::date_text(row.time).substr(5) + " " + sys::clock_text(row.time).substr(0, 8),
             Tone::Quiet},
            {client_mac_text(row)},
            {std::string(short_vendor(row.vendor))},
            {row.host},
            {row.client.to_text()},
            {row.server.to_text()},
            {request_text(row)},
            {answer_text(row), answer_tone(row)},
            {latency_text(row), Tone::Quiet},
            {std::string(wire::info(row.anomaly).id), Tone::Warning},
            {policy_text(row.marks), Tone::Bad},
            {row.sensor}};
}

}  // namespace vedette::render
