// Suricata's EVE: lines of event_type dns (versions 1 to 3 of its layout) and dhcp. Queries and
// answers are lines of their own; they are paired as captured messages are.
#include <nlohmann/json.hpp>

#include <map>

#include "decode/dns_tracker.hpp"
#include "render/dns_words.hpp"
#include "service/importer/dhcp_note.hpp"
#include "service/importer/dns_note.hpp"
#include "service/importer/fields.hpp"
#include "service/importer/log_format.hpp"

namespace vedette::importer {
namespace {

using Json = nlohmann::json;

constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint32_t kMaxPending = 65'536;

std::string text(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <typename Number>
Number number(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return {};
    const auto wide = found->get<std::uint64_t>();
    return wide <= std::numeric_limits<Number>::max() ? static_cast<Number>(wide) : Number{};
}

bool flag(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

IpAddress address(const Json& object, const char* name) {
    return IpAddress::parse(text(object, name)).value_or(IpAddress{});
}

decode::DnsTrackerLimits limits() {
    decode::DnsTrackerLimits bounds;
    bounds.max_pending = kMaxPending;
    return bounds;
}

void add_record(const Json& item, DnsNote& note) {
    if (!item.is_object()) return;
    NotedRecord& record = note.answers.emplace_back();
    record.owner = text(item, "rrname");
    record.ttl = number<std::uint32_t>(item, "ttl");
    record.data = text(item, "rdata");
    const auto type = render::parse_type(text(item, "rrtype"));
    record.type = type ? *type : guess_type(record.data, note.qtype);
}

/// The question of `queries` (layout 3), else the line's own.
void set_question(const Json& dns, DnsNote& note) {
    const auto queries = dns.find("queries");
    const bool list = queries != dns.end() && queries->is_array() && !queries->empty() &&
                      queries->front().is_object();
    const Json& source = list ? queries->front() : dns;
    note.name = text(source, "rrname");
    note.qtype = render::parse_type(text(source, "rrtype")).value_or(0);
}

void set_answers(const Json& dns, DnsNote& note) {
    note.rcode = render::parse_rcode(text(dns, "rcode")).value_or(0);
    unsigned flags = 0x8000;
    if (flag(dns, "aa")) flags |= 0x0400;
    if (flag(dns, "tc")) flags |= 0x0200;
    if (flag(dns, "rd")) flags |= 0x0100;
    if (flag(dns, "ra")) flags |= 0x0080;
    note.response_flags = static_cast<std::uint16_t>(flags);
    const auto answers = dns.find("answers");
    if (answers != dns.end() && answers->is_array()) {
        for (const Json& item : *answers)
            add_record(item, note);
    } else if (dns.contains("rdata")) {
        add_record(dns, note);  // layout 1: a line for each record
    }
}

class Suricata final : public LogFormat {
  public:
    Suricata() : tracker_(who_, books_, limits()) {}

    LineKind take(std::string_view line, EventBatch& out) override {
        const Json json = Json::parse(line, nullptr, false);
        if (!json.is_object()) return damaged("no JSON object");
        const std::string type = text(json, "event_type");
        if (type.empty()) return damaged("no event_type");
        if (type != "dns" && type != "dhcp") return LineKind::Skipped;
        const auto time = parse_iso(text(json, "timestamp"));
        if (!time) return damaged("no timestamp");
        const auto body = json.find(type);
        if (body == json.end() || !body->is_object()) return damaged("no object of its event_type");
        return type == "dns" ? take_dns(json, *body, *time, out)
                             : take_dhcp(json, *body, *time, out);
    }
    void remember(std::string_view line) override {
        if (line.find("\"dhcp\"") == line.npos) return;
        (void)take(line, stored_);
        stored_.clear();
    }
    void finish(EventBatch& out) override { tracker_.flush(out); }
    bool is_open() const noexcept override {
        return books_.dns_query() > books_.matched + books_.unanswered;
    }

  private:
    LineKind take_dns(const Json& json, const Json& dns, Timestamp time, EventBatch& out) {
        const std::string type = text(dns, "type");
        const bool response = type == "answer" || type == "response";
        if (!response && type != "query" && type != "request") return damaged("no dns.type");
        decode::PacketContext packet;
        packet.time = time;
        packet.packet = ++lines_;
        packet.source = address(json, "src_ip");
        packet.destination = address(json, "dest_ip");
        packet.source_port = number<std::uint16_t>(json, "src_port");
        packet.destination_port = number<std::uint16_t>(json, "dest_port");
        packet.transport = text(json, "proto") == "TCP" ? Transport::Tcp : Transport::Udp;
        // Some layouts give an answer the direction of its flow, others that of its packet.
        const bool backwards =
            response ? packet.destination_port == kDnsPort : packet.source_port == kDnsPort;
        if (backwards && packet.source_port != packet.destination_port) {
            std::swap(packet.source, packet.destination);
            std::swap(packet.source_port, packet.destination_port);
        }
        if (packet.source.is_unspecified()) return damaged("no src_ip");
        DnsNote note;
        note.id = number<std::uint16_t>(dns, "id");
        set_question(dns, note);
        if (response) set_answers(dns, note);
        const std::vector<std::uint8_t> message =
            response ? response_bytes(note) : query_bytes(note);
        if (message.empty()) return damaged("rrname is no name");
        tracker_.on_message(packet, DnsProtocol::Dns, message, out);
        out.watermark = std::max(out.watermark, time);
        return LineKind::Taken;
    }

    LineKind take_dhcp(const Json& json, const Json& dhcp, Timestamp time, EventBatch& out) {
        DhcpNote note;
        note.time = time;
        note.type = dhcp_type_of(text(dhcp, "dhcp_type"));
        const auto mac = MacAddress::parse(text(dhcp, "client_mac"));
        if (note.type == 0 || !mac) return damaged("no dhcp_type or no client_mac");
        note.mac = *mac;
        note.transaction_id = number<std::uint32_t>(dhcp, "id");
        note.client_ip = address(dhcp, "client_ip");
        note.your_ip = address(dhcp, "assigned_ip");
        note.requested_ip = address(dhcp, "requested_ip");
        note.relay_ip = address(dhcp, "relay_ip");
        note.lease_seconds = number<std::uint32_t>(dhcp, "lease_time");
        note.host = text(dhcp, "hostname");
        if (text(dhcp, "type") == "reply") note.server_ip = address(json, "src_ip");
        add_message(note, out);
        leases_.follow(note, out);
        return LineKind::Taken;
    }

    decode::Identity who_;
    TraceCounts books_;
    decode::DnsTracker tracker_;
    NotedLeases leases_;
    EventBatch stored_;
    std::uint64_t lines_ = 0;
};

}  // namespace

std::unique_ptr<LogFormat> make_suricata(const FileFacts&) {
    return std::make_unique<Suricata>();
}

}  // namespace vedette::importer
