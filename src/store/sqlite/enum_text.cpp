#include "store/sqlite/enum_text.hpp"

#include "model/dhcp_message.hpp"

namespace vedette::store {
namespace {

std::uint16_t u16(const Statement& row, int column) noexcept {
    return static_cast<std::uint16_t>(row.integer(column));
}

}  // namespace

IpAddress parse_ip(std::string_view text) noexcept {
    return IpAddress::parse(text).value_or(IpAddress{});
}

MacAddress parse_mac(std::string_view text) noexcept {
    return MacAddress::parse(text).value_or(MacAddress{});
}

wire::AnomalyId parse_anomaly(std::string_view text) noexcept {
    return wire::find_anomaly(text).value_or(wire::AnomalyId::None);
}

MacSource parse_mac_source(std::string_view text) noexcept {
    return parse_word<MacSource>(text, 7);
}

LeaseState parse_lease_state(std::string_view text) noexcept {
    return parse_word<LeaseState>(text, 6);
}

HostEntry read_host(const Statement& row) noexcept {
    HostEntry host;
    host.id = static_cast<std::uint32_t>(row.integer(0));
    host.ip = parse_ip(row.text(1));
    host.mac = parse_mac(row.text(2));
    host.source = parse_mac_source(row.text(3));
    host.vendor = static_cast<std::uint32_t>(row.integer(5));
    host.vlan = u16(row, 6);
    host.interface = static_cast<std::uint32_t>(row.integer(7));
    host.link_source = parse_mac(row.text(8));
    host.link_destination = parse_mac(row.text(9));
    return host;
}

FormEntry read_form(const Statement& row) noexcept {
    FormEntry form;
    form.id = static_cast<std::uint32_t>(row.integer(0));
    form.protocol = parse_word<DnsProtocol>(row.text(1), 4);
    form.transport = parse_word<Transport>(row.text(2), 7);
    form.kind = parse_word<TransactionKind>(row.text(3), 4);
    form.has_query = static_cast<std::uint8_t>(row.integer(4));
    form.has_response = static_cast<std::uint8_t>(row.integer(5));
    form.qclass = u16(row, 6);
    form.query_flags = u16(row, 7);
    form.response_flags = u16(row, 8);
    form.rcode = u16(row, 9);
    form.marks = u16(row, 10);
    form.anomaly = parse_anomaly(row.text(11));
    form.extra = static_cast<std::uint8_t>(row.integer(12));
    return form;
}

}  // namespace vedette::store
