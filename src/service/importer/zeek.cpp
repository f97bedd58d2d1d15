// Zeek's dns.log and dhcp.log, as tab-separated text with its header lines and as JSON; the same
// keys are those of our own day files. Field names: Zeek's base/protocols/dns and dhcp scripts.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "render/dns_words.hpp"
#include "service/importer/dhcp_note.hpp"
#include "service/importer/dns_note.hpp"
#include "service/importer/fields.hpp"
#include "service/importer/log_format.hpp"

namespace vedette::importer {
namespace {

using Json = nlohmann::json;
/// A line's fields by name, as text; lists as their items joined by kListMark.
using Row = std::map<std::string, std::string, std::less<>>;

constexpr char kListMark = '\x01';

std::string_view field(const Row& row, std::string_view name) {
    const auto found = row.find(name);
    return found == row.end() ? std::string_view() : std::string_view(found->second);
}

template <typename Number>
Number number(const Row& row, std::string_view name) {
    return parse_number<Number>(field(row, name)).value_or(Number{});
}

bool flag(const Row& row, std::string_view name) {
    const std::string_view text = field(row, name);
    return text == "T" || text == "true";
}

std::string_view text(const Row& row, std::string_view name) {
    const std::string_view value = field(row, name);
    return value == "-" ? std::string_view() : value;
}

std::vector<std::string_view> list(const Row& row, std::string_view name) {
    const std::string_view value = text(row, name);
    if (value.empty()) return {};
    return split(value, kListMark);
}

std::optional<Timestamp> time_of(const Row& row) {
    const std::string_view value = field(row, "ts");
    const auto seconds = parse_seconds(value);
    return seconds ? seconds : parse_iso(value);
}

std::uint16_t flags_of(const Row& row) {
    unsigned flags = 0x8000;
    if (flag(row, "AA")) flags |= 0x0400;
    if (flag(row, "TC")) flags |= 0x0200;
    if (flag(row, "RD")) flags |= 0x0100;
    if (flag(row, "RA")) flags |= 0x0080;
    return static_cast<std::uint16_t>(flags);
}

DnsProtocol protocol_of(std::uint16_t port) noexcept {
    switch (port) {
        case 5353:
            return DnsProtocol::Mdns;
        case 5355:
            return DnsProtocol::Llmnr;
        case 137:
            return DnsProtocol::Nbns;
        default:
            return DnsProtocol::Dns;
    }
}

std::vector<NotedRecord> answers_of(const Row& row, std::uint16_t qtype) {
    std::vector<NotedRecord> answers;
    const auto texts = list(row, "answers");
    const auto ttls = list(row, "TTLs");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        NotedRecord& record = answers.emplace_back();
        record.type = guess_type(texts[i], qtype);
        record.data = texts[i];
        const auto ttl = i < ttls.size() ? parse_length(ttls[i]) : std::nullopt;
        if (ttl && ttl->nanos / kNanosPerSecond <= 0xffffffff)
            record.ttl = static_cast<std::uint32_t>(ttl->nanos / kNanosPerSecond);
    }
    return answers;
}

/// Nothing when the line does not say when and between whom.
std::optional<DnsNote> dns_note(const Row& row) {
    const auto time = time_of(row);
    const auto client = IpAddress::parse(field(row, "id.orig_h"));
    const auto server = IpAddress::parse(field(row, "id.resp_h"));
    if (!time || !client || !server) return std::nullopt;
    DnsNote note;
    note.query_time = *time;
    note.client = *client;
    note.server = *server;
    note.client_port = number<std::uint16_t>(row, "id.orig_p");
    note.server_port = number<std::uint16_t>(row, "id.resp_p");
    note.transport = field(row, "proto") == "tcp" ? Transport::Tcp : Transport::Udp;
    note.protocol = protocol_of(note.server_port);
    note.id = number<std::uint16_t>(row, "trans_id");
    note.name = text(row, "query");
    note.qtype = number<std::uint16_t>(row, "qtype");
    note.qclass = std::max<std::uint16_t>(number<std::uint16_t>(row, "qclass"), 1);
    note.query_flags = flag(row, "RD") ? 0x0100 : 0;
    note.response_flags = flags_of(row);
    note.rcode = number<std::uint16_t>(row, "rcode");
    note.answers = answers_of(row, note.qtype);
    const auto rtt = parse_length(text(row, "rtt"));
    const bool answered = rtt || !text(row, "rcode").empty() || !note.answers.empty();
    if (answered) note.response_time = *time + rtt.value_or(Duration{});
    return note;
}

std::optional<DhcpNote> dhcp_note(const Row& row) {
    const auto time = time_of(row);
    const auto mac = MacAddress::parse(text(row, "mac"));
    if (!time || !mac) return std::nullopt;
    DhcpNote note;
    note.time = *time;
    note.mac = *mac;
    const auto address = [&](std::string_view name) {
        return IpAddress::parse(text(row, name)).value_or(IpAddress{});
    };
    note.client_ip = address("client_addr");
    note.server_ip = address("server_addr");
    note.requested_ip = address("requested_addr");
    note.your_ip = address("assigned_addr");
    const auto lease = parse_length(text(row, "lease_time"));
    if (lease) note.lease_seconds = static_cast<std::uint32_t>(lease->nanos / kNanosPerSecond);
    note.host = text(row, "host_name");
    note.fqdn = text(row, "client_fqdn");
    note.domain = text(row, "domain");
    return note;
}

/// One message for each type that the line lists.
LineKind add_dhcp(const Row& row, NotedLeases& leases, EventBatch& out, std::string_view& why) {
    auto note = dhcp_note(row);
    if (!note) {
        why = "no time or no MAC address";
        return LineKind::Damaged;
    }
    const auto types = list(row, "msg_types");
    if (types.empty()) {
        why = "no message types";
        return LineKind::Damaged;
    }
    for (const std::string_view type : types) {
        note->type = dhcp_type_of(type);
        if (note->type == 0) {
            why = "an unknown DHCP message type";
            return LineKind::Damaged;
        }
        add_message(*note, out);
        leases.follow(*note, out);
    }
    return LineKind::Taken;
}

/// Microseconds are what Zeek writes, and what a double still holds of today's seconds.
std::string scalar(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_number_float() ? fmt::format("{:.6f}", value.get<double>())
                                   : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string plain(const Json& value) {
    if (!value.is_array()) return value.is_null() ? std::string() : scalar(value);
    std::string joined;
    for (const Json& item : value) {
        if (!joined.empty()) joined += kListMark;
        joined += scalar(item);
    }
    return joined;
}

class Zeek final : public LogFormat {
  public:
    LineKind take(std::string_view line, EventBatch& out) override {
        if (line.starts_with('#')) return header(line);
        row_.clear();
        const bool read = line.starts_with('{') ? read_json(line) : read_columns(line);
        if (!read) return damaged(why_not_);
        return add(out);
    }

    void remember(std::string_view line) override {
        const bool dhcp = line.starts_with('{')
                              ? line.find("\"msg_types\"") != line.npos
                              : std::ranges::find(columns_, "msg_types") != columns_.end();
        if (!dhcp) return;
        (void)take(line, stored_);
        stored_.clear();
    }

  private:
    LineKind header(std::string_view line) {
        if (line.starts_with("#separator \\x") && line.size() >= 14) {
            // Two hexadecimal digits; Zeek's own default is the tab.
            unsigned value = 9;
            (void)std::from_chars(line.data() + 13, line.data() + line.size(), value, 16);
            separator_ = static_cast<char>(value);
        }
        const auto words = split(line, separator_);
        if (words.size() >= 2 && words[0] == "#set_separator" && words[1].size() == 1)
            set_separator_ = words[1][0];
        if (words[0] == "#fields") columns_.assign(words.begin() + 1, words.end());
        return LineKind::Skipped;
    }
    bool read_columns(std::string_view line) {
        const auto cells = split(line, separator_);
        why_not_ = "the number of columns is not that of the #fields line";
        if (columns_.empty() || cells.size() != columns_.size()) return false;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (cells[i] == "-" || cells[i] == "(empty)") continue;
            std::string value(cells[i]);
            const std::string& name = columns_[i];
            if (name == "answers" || name == "TTLs" || name == "msg_types")
                std::ranges::replace(value, set_separator_, kListMark);
            row_.emplace(name, std::move(value));
        }
        return true;
    }
    bool read_json(std::string_view line) {
        const Json json = Json::parse(line, nullptr, false);
        why_not_ = "no JSON object";
        if (!json.is_object()) return false;
        for (const auto& [name, value] : json.items())
            row_.emplace(name, plain(value));
        return true;
    }
    LineKind add(EventBatch& out) {
        if (row_.contains("msg_types")) {
            std::string_view why;
            const LineKind kind = add_dhcp(row_, leases_, out, why);
            return kind == LineKind::Damaged ? damaged(why) : kind;
        }
        if (!row_.contains("id.orig_h")) return damaged("neither dns.log nor dhcp.log");
        const auto note = dns_note(row_);
        if (!note) return damaged("no time, or an address that is none");
        return add_transaction(*note, out) ? LineKind::Taken : damaged("the name is none");
    }

    char separator_ = '\t';
    char set_separator_ = ',';
    std::vector<std::string> columns_;
    Row row_;
    std::string_view why_not_;
    NotedLeases leases_;
    EventBatch stored_;
};

}  // namespace

std::unique_ptr<LogFormat> make_zeek(const FileFacts&) {
    return std::make_unique<Zeek>();
}

}  // namespace vedette::importer
