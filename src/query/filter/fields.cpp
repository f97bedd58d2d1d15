#include "query/filter/fields.hpp"

#include <array>
#include <vector>

#include "base/suggest.hpp"
#include "query/filter/words.hpp"

namespace vedette::query {
namespace {

using enum FilterField;

constexpr std::array kFields{
    FieldInfo{"client", Client, ValueKind::Client, "MAC address, IP, prefix, or host-name glob",
              "client:f4:6b:ef:6a:ad:c4", "Who asked."},
    FieldInfo{"vendor", Vendor, ValueKind::Glob, "glob; a plain word matches anywhere",
              "vendor:apple", "The manufacturer of the client's network card."},
    FieldInfo{"host", Host, ValueKind::Glob, "glob", "host:laptop*",
              "The client's host name as DHCP gave it."},
    FieldInfo{"name", Name, ValueKind::NameGlob, "glob over the whole name", "name:*.example.com",
              "The name that was asked for."},
    FieldInfo{"type", Type, ValueKind::Type, "record type, TYPE65399 or number", "type:A,AAAA",
              "The record type that was asked for."},
    FieldInfo{"rcode", Rcode, ValueKind::Rcode, "response code or number", "rcode:NXDOMAIN",
              "How the resolver answered."},
    FieldInfo{"opcode", Opcode, ValueKind::Opcode, "opcode or number", "opcode:update",
              "The kind of DNS request."},
    FieldInfo{"answer", Answer, ValueKind::Answer, "IP, prefix, or glob over the record's text",
              "answer:192.0.2.0/24", "What some record of the answer holds."},
    FieldInfo{"ip", Ip, ValueKind::Prefix, "IP or prefix", "ip:192.0.2.0/24",
              "The client's or the server's address."},
    FieldInfo{"server", Server, ValueKind::Prefix, "IP or prefix", "server:192.0.2.53",
              "Who was asked."},
    FieldInfo{"port", Port, ValueKind::Number16, "number", "port:5353", "Either end's port."},
    FieldInfo{"transport", FilterField::Transport, ValueKind::Transport,
              "udp, tcp, dot, doh, doq, dnscrypt or other", "transport:tcp",
              "What carried the message."},
    FieldInfo{"protocol", Protocol, ValueKind::Protocol, "dns, mdns, llmnr, nbns or dhcp",
              "protocol:mdns", "Which protocol it is."},
    FieldInfo{"message", Message, ValueKind::Message,
              "DHCP message type; v4- or v6- in front picks the family", "message:discover",
              "The type of a DHCP message."},
    FieldInfo{"latency", Latency, ValueKind::Latency, "< <= > >= and a duration", "latency:>200ms",
              "How long the answer took."},
    FieldInfo{"since", Time, ValueKind::Since, "moment or age", "since:1h",
              "At this moment or later."},
    FieldInfo{"until", Time, ValueKind::Until, "moment or age", "until:2026-11-21T10:00",
              "Before this moment."},
    FieldInfo{"date", Time, ValueKind::Date, "date, today or yesterday", "date:today",
              "Within this local day."},
    FieldInfo{"is", Is, ValueKind::Flag, "see the table of states", "is:unanswered",
              "What state it is in."},
    FieldInfo{"known", MacKnown, ValueKind::MacSource,
              "unknown, link, lease, arp, ndp, edns or option82", "known:lease",
              "How the client's MAC address is known."},
    FieldInfo{"anomaly", Anomaly, ValueKind::Anomaly, "anomaly identifier or glob", "anomaly:ip.*",
              "The damage found in it."},
    FieldInfo{"vlan", Vlan, ValueKind::Number16, "number", "vlan:20", "The outermost VLAN."},
    FieldInfo{"sensor", Sensor, ValueKind::Glob, "glob", "sensor:branch-*",
              "Which other machine saw it."},
};

constexpr std::array kAliases{
    FieldAlias{"mac", "client"},       FieldAlias{"resolver", "server"},
    FieldAlias{"qname", "name"},       FieldAlias{"domain", "name"},
    FieldAlias{"qtype", "type"},       FieldAlias{"hostname", "host"},
    FieldAlias{"mac_source", "known"}, FieldAlias{"proto", "protocol"},
    FieldAlias{"from", "since"},       FieldAlias{"before", "until"},
    FieldAlias{"after", "since"},      FieldAlias{"status", "is"},
};

}  // namespace

std::span<const FieldInfo> fields() noexcept {
    return kFields;
}
std::span<const FieldAlias> field_aliases() noexcept {
    return kAliases;
}

const FieldInfo* find_field(std::string_view name) noexcept {
    for (const FieldAlias& alias : kAliases) {
        if (equal_words(alias.alias, name)) name = alias.name;
    }
    for (const FieldInfo& field : kFields) {
        if (equal_words(field.name, name)) return &field;
    }
    return nullptr;
}

std::string_view suggest_field(std::string_view typed) {
    std::vector<std::string_view> words;
    words.reserve(kFields.size() + kAliases.size());
    for (const FieldInfo& field : kFields)
        words.push_back(field.name);
    for (const FieldAlias& alias : kAliases)
        words.push_back(alias.alias);
    return nearest_word(typed, words);
}

const FieldInfo* printed_as(FilterField field, FilterOperator op) noexcept {
    if (field == Time) return find_field(op == FilterOperator::Less ? "until" : "since");
    for (const FieldInfo& row : kFields) {
        if (row.field == field) return &row;
    }
    return nullptr;
}

}  // namespace vedette::query
