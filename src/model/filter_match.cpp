#include "model/filter_match.hpp"

#include <algorithm>

#include "base/glob.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette {
namespace {

constexpr std::uint16_t kTruncatedBit = 0x0200;  // TC, RFC 1035 4.1.1

template <typename T>
bool compare(FilterOperator op, const T& left, const T& right) noexcept {
    switch (op) {
        case FilterOperator::Less:
            return left < right;
        case FilterOperator::LessEqual:
            return left <= right;
        case FilterOperator::Greater:
            return left > right;
        case FilterOperator::GreaterEqual:
            return left >= right;
        case FilterOperator::Equal:
            break;
    }
    return left == right;
}

/// A pattern with wildcards covers the whole text; a plain word is found anywhere in it.
bool finds(std::string_view pattern, std::string_view text) noexcept {
    return has_wildcard(pattern) ? matches_glob(pattern, text)
                                 : contains_ignoring_case(text, pattern);
}

bool is_matched(const LogRow& row) noexcept {
    return !row.dhcp && row.kind == TransactionKind::Matched;
}

bool has_mark(const LogRow& row, std::uint16_t mark) noexcept {
    return !row.dhcp && (row.marks & mark) != 0;
}

bool is_kind(const LogRow& row, TransactionKind kind) noexcept {
    return !row.dhcp && row.kind == kind;
}

bool is_protocol(const LogRow& row, DnsProtocol protocol) noexcept {
    return !row.dhcp && row.protocol == protocol;
}

bool match_flag(FilterFlag flag, const LogRow& row) noexcept {
    switch (flag) {
        case FilterFlag::Answered:
            return is_kind(row, TransactionKind::Matched);
        case FilterFlag::Unanswered:
            return is_kind(row, TransactionKind::Unanswered);
        case FilterFlag::Orphan:
            return is_kind(row, TransactionKind::Orphan);
        case FilterFlag::OneWay:
            return is_kind(row, TransactionKind::OneWay);
        case FilterFlag::Malformed:
            return wire::info(row.anomaly).severity > wire::Severity::Info;
        case FilterFlag::Randomized:
            return row.mac_source != MacSource::Unknown && row.client_mac.is_randomized();
        case FilterFlag::Dns:
            return !row.dhcp;
        case FilterFlag::Dhcp:
            return row.dhcp;
        case FilterFlag::Mdns:
            return is_protocol(row, DnsProtocol::Mdns);
        case FilterFlag::Llmnr:
            return is_protocol(row, DnsProtocol::Llmnr);
        case FilterFlag::Nbns:
            return is_protocol(row, DnsProtocol::Nbns);
        case FilterFlag::Truncated:
            return !row.dhcp && (row.response_flags & kTruncatedBit) != 0;
        case FilterFlag::Fragmented:
            return has_mark(row, DnsMarks::kFragmented);
        case FilterFlag::Tunneled:
            return has_mark(row, DnsMarks::kTunneled);
        case FilterFlag::Transfer:
            return has_mark(row, DnsMarks::kTransfer);
        case FilterFlag::Banned:
            return (row.marks & DnsMarks::kPolicy) != 0;
        case FilterFlag::V4:
            return row.client.is_v4();
        case FilterFlag::V6:
            return !row.client.is_v4();
    }
    return false;
}

bool match_protocol(std::uint64_t number, const LogRow& row) noexcept {
    if (number == kFilterDhcp) return row.dhcp;
    if (row.dhcp) return false;
    return number == kFilterDns || static_cast<std::uint64_t>(row.protocol) == number;
}

bool match_number(const FilterTerm& term, std::uint64_t number, const LogRow& row) noexcept {
    const bool dns = !row.dhcp;
    switch (term.field) {
        case FilterField::Type:
            return dns && row.qtype == number && !row.name.empty();
        case FilterField::Rcode:
            return dns && row.has_response && row.rcode == number;
        case FilterField::Opcode: {
            const std::uint16_t flags = row.has_query ? row.query_flags : row.response_flags;
            return dns && (flags >> 11U & 0xfU) == number;
        }
        case FilterField::Port:
            return row.client_port == number || row.server_port == number;
        case FilterField::Transport:
            return static_cast<std::uint64_t>(row.transport) == number;
        case FilterField::Protocol:
            return match_protocol(number, row);
        case FilterField::MacKnown:
            return static_cast<std::uint64_t>(row.mac_source) == number;
        case FilterField::Message:
            return row.dhcp && (row.v6 ? kFilterDhcp6 : 0) + row.message_type == number;
        case FilterField::Vlan:
            return row.vlan == number;
        case FilterField::Anomaly:
            return static_cast<std::uint64_t>(row.anomaly) == number;
        default:
            return false;
    }
}

bool match_text(FilterField field, std::string_view text, const LogRow& row) noexcept {
    switch (field) {
        case FilterField::Client:
        case FilterField::Host:
            return matches_glob(text, row.host);
        case FilterField::Sensor:
            return matches_glob(text, row.sensor);
        case FilterField::Vendor:
            return finds(text, row.vendor);
        case FilterField::Name:
            return !row.name.empty() && matches_glob(text, row.name);
        case FilterField::Answer:
            return std::ranges::any_of(row.records, [&](const LogRecord& record) {
                return record.section == 1 && finds(text, record.rdata);
            });
        case FilterField::Text:
            return contains_ignoring_case(row.name, text) ||
                   contains_ignoring_case(row.host, text) ||
                   contains_ignoring_case(row.vendor, text);
        default:
            return false;
    }
}

bool match_prefix(FilterField field, const Prefix& prefix, const LogRow& row) noexcept {
    switch (field) {
        case FilterField::Client:
            return prefix.contains(row.client);
        case FilterField::Server:
            return prefix.contains(row.server);
        case FilterField::Ip:
            return prefix.contains(row.client) || prefix.contains(row.server) ||
                   (row.dhcp && !row.your_ip.is_unspecified() && prefix.contains(row.your_ip));
        case FilterField::Answer:
            return std::ranges::any_of(row.records, [&](const LogRecord& record) {
                if (record.section != 1) return false;
                const auto address = IpAddress::parse(record.rdata);
                return address && prefix.contains(*address);
            });
        default:
            return false;
    }
}

bool match_mac(FilterField field, const MacAddress& mac, const LogRow& row) noexcept {
    if (field != FilterField::Client || row.client_mac != mac) return false;
    return row.dhcp || row.mac_source != MacSource::Unknown;
}

bool match_value(const FilterTerm& term, const FilterValue& value, const LogRow& row) noexcept {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        return match_number(term, *number, row);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return match_text(term.field, *text, row);
    }
    if (const auto* prefix = std::get_if<Prefix>(&value)) {
        return match_prefix(term.field, *prefix, row);
    }
    if (const auto* mac = std::get_if<MacAddress>(&value)) return match_mac(term.field, *mac, row);
    if (const auto* time = std::get_if<Timestamp>(&value)) {
        return term.field == FilterField::Time && compare(term.op, row.time, *time);
    }
    if (const auto* duration = std::get_if<Duration>(&value)) {
        return term.field == FilterField::Latency && is_matched(row) &&
               compare(term.op, row.latency, *duration);
    }
    const auto* flag = std::get_if<FilterFlag>(&value);
    return flag != nullptr && term.field == FilterField::Is && match_flag(*flag, row);
}

}  // namespace

bool matches(const FilterTerm& term, const LogRow& row) noexcept {
    const bool any = std::ranges::any_of(
        term.any_of, [&](const FilterValue& value) { return match_value(term, value, row); });
    return any != term.negated;
}

bool matches(const Filter& filter, const LogRow& row) noexcept {
    return std::ranges::all_of(filter.terms,
                               [&](const FilterTerm& term) { return matches(term, row); });
}

}  // namespace vedette
