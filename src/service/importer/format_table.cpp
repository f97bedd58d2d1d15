#include <array>

#include "service/importer/fields.hpp"
#include "service/importer/log_format.hpp"

namespace vedette::importer {
namespace {

bool has(std::string_view line, std::string_view piece) noexcept {
    return line.find(piece) != line.npos;
}

bool knows_zeek(std::string_view line) {
    if (line.starts_with("#separator") || line.starts_with("#fields\t")) return true;
    return line.starts_with('{') && !has(line, "\"event_type\"") &&
           (has(line, "\"id.orig_h\"") || has(line, "\"msg_types\""));
}
bool knows_suricata(std::string_view line) {
    return line.starts_with('{') && has(line, "\"event_type\"");
}
bool knows_kea_leases(std::string_view line) {
    return line.starts_with("address,hwaddr,client_id,") || line.starts_with("address,duid,");
}
bool knows_kea_log(std::string_view line) {
    return parse_iso(line).has_value() && has(line, "[kea-dhcp");
}
bool knows_dnsmasq_log(std::string_view line) {
    std::string_view rest;
    return parse_syslog(line, Timestamp{0}, rest).has_value() && has(rest, "dnsmasq");
}
bool knows_dnsmasq_leases(std::string_view line) {
    if (line.starts_with("duid ")) return true;
    const auto words = split(line, ' ');
    return words.size() >= 4 && parse_number<std::uint64_t>(words[0]).has_value() &&
           IpAddress::parse(words[2]).has_value();
}

constexpr std::array kFormats{
    FormatInfo{"zeek", "zeek", "Zeek's dns.log and dhcp.log, tab-separated or JSON; our day files",
               Again::Once, &make_zeek, &knows_zeek},
    FormatInfo{"suricata", "suricata", "Suricata's eve.json, events dns and dhcp", Again::Once,
               &make_suricata, &knows_suricata},
    FormatInfo{"kea-leases", "kea", "Kea's lease files, DHCPv4 and DHCPv6", Again::Harmless,
               &make_kea_leases, &knows_kea_leases},
    FormatInfo{"kea-log", "kea", "Kea's log", Again::Once, &make_kea_log, &knows_kea_log},
    FormatInfo{"dnsmasq-log", "dnsmasq", "dnsmasq's log of queries and DHCP messages", Again::Once,
               &make_dnsmasq_log, &knows_dnsmasq_log},
    FormatInfo{"dnsmasq-leases", "dnsmasq", "dnsmasq's lease file", Again::Harmless,
               &make_dnsmasq_leases, &knows_dnsmasq_leases},
};

}  // namespace

std::span<const FormatInfo> format_table() noexcept {
    return kFormats;
}

const FormatInfo* find_format(std::string_view name) noexcept {
    for (const FormatInfo& format : kFormats) {
        if (format.name == name) return &format;
    }
    return nullptr;
}

}  // namespace vedette::importer
