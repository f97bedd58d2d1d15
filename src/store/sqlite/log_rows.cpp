#include "store/sqlite/log_rows.hpp"

#include <charconv>
#include <string>

#include "render/dns_words.hpp"
#include "store/sqlite/enum_text.hpp"
#include "store/sqlite/row_filter.hpp"

namespace vedette::store {
namespace {

/// "300 60x3" onto the records in their order.
void spread_ttls(std::string_view text, std::vector<LogRecord>& records) {
    const char* at = text.data();
    const char* end = at + text.size();
    auto record = records.begin();
    while (at < end && record != records.end()) {
        std::uint32_t ttl = 0;
        std::uint32_t count = 1;
        at = std::from_chars(at, end, ttl).ptr;
        if (at < end && *at == 'x') at = std::from_chars(at + 1, end, count).ptr;
        for (; count > 0 && record != records.end(); --count)
            (record++)->ttl = ttl;
        if (at < end) ++at;  // the blank between
    }
}

void restore_case(ByteView bits, std::string& name) {
    for (std::size_t i = 0; i < name.size() && i / 8 < bits.size(); ++i) {
        const bool upper = (bits[i / 8] >> i % 8 & 1U) != 0;
        if (upper && name[i] >= 'a' && name[i] <= 'z') name[i] = static_cast<char>(name[i] - 32);
    }
}

}  // namespace

Result<LogRows> LogRows::make(Connection& connection, Catalog& catalog) {
    LogRows rows;
    rows.catalog_ = &catalog;
    auto row = connection.prepare(std::string("SELECT ") + kRawColumns +
                                  ", sizes, ttl FROM dns WHERE id = ?");
    if (!row) return std::unexpected(std::move(row).error());
    rows.row_ = std::move(*row);
    auto extra = connection.prepare("SELECT name_case FROM dns_extra WHERE id = ?");
    if (!extra) return std::unexpected(std::move(extra).error());
    rows.extra_ = std::move(*extra);
    return rows;
}

Result<LogRow> LogRows::dns(std::int64_t id) {
    LogRow out;
    row_.bind(1, id);
    const Result<bool> found = row_.step();
    if (!found) return std::unexpected(found.error());
    if (!*found) return out;
    const RawRow raw = read_raw(row_);
    out.row = id;
    out.time = Timestamp{raw.time};
    fill(out, catalog_->host(raw.client));
    const FormEntry& form = catalog_->form(raw.form);
    fill(out, form);
    const ServerEntry& server = catalog_->server(raw.server);
    out.server = server.ip;
    out.server_port = server.port;
    out.client_port = raw.client_port;
    out.id = raw.message_id;
    out.qtype = raw.type;
    out.latency = Duration{raw.latency * kNanosPerMicro};
    out.query_bytes = static_cast<std::uint32_t>(row_.integer(10) & 0xffff);
    out.response_bytes = static_cast<std::uint32_t>(row_.integer(10) >> 16);
    if (raw.name != 0) {
        out.name = catalog_->name(raw.name);
        out.type = render::type_text(raw.type);
    }
    if (raw.answers != 0) {
        out.records = catalog_->records(raw.answers);
        spread_ttls(row_.text(11), out.records);
        // One number is the TTL of every record.
        if (row_.text(11).find_first_of(" x") == std::string_view::npos) {
            const auto ttl = static_cast<std::uint32_t>(row_.integer(11));
            for (LogRecord& record : out.records)
                record.ttl = ttl;
        }
    }
    row_.reset();
    if (form.extra != 0) VEDETTE_TRY(add_extra(id, out));
    return out;
}

Result<void> LogRows::add_extra(std::int64_t id, LogRow& row) {
    extra_.bind(1, id);
    const Result<bool> found = extra_.step();
    if (!found) return std::unexpected(found.error());
    if (*found) restore_case(extra_.blob(0), row.name);
    extra_.reset();
    return {};
}

const char* const kDhcpColumns =
    "id, time, v6, type, message, mac, mac_source, vendor, coalesce(host, fqdn), vendor_class, "
    "ip_src, ip_dst, port_src, port_dst, link_source, link_destination, vlan, transaction_id, "
    "client_ip, your_ip, server_ip, requested_ip, lease_seconds, anomaly, op, sensor, "
    "marks";

LogRow read_dhcp(const Statement& row) {
    const auto u16 = [&](int column) { return static_cast<std::uint16_t>(row.integer(column)); };
    const auto u32 = [&](int column) { return static_cast<std::uint32_t>(row.integer(column)); };
    LogRow out;
    out.row = dhcp_row_number(row.integer(0));
    out.dhcp = true;
    out.time = Timestamp{row.integer(1)};
    out.v6 = row.integer(2) != 0;
    out.message_type = static_cast<DhcpType>(row.integer(3));
    out.message = row.text(4);
    out.client_mac = parse_mac(row.text(5));
    out.mac_source = parse_mac_source(row.text(6));
    out.vendor = row.text(7);
    out.host = row.text(8);
    out.vendor_class = row.text(9);
    // The client's side first, whichever way the message went.
    const bool reply = out.v6 ? u16(12) == 547 : row.integer(24) == 2;
    out.client = parse_ip(row.text(reply ? 11 : 10));
    out.server = parse_ip(row.text(reply ? 10 : 11));
    out.client_port = u16(reply ? 13 : 12);
    out.server_port = u16(reply ? 12 : 13);
    out.link_source = parse_mac(row.text(14));
    out.link_destination = parse_mac(row.text(15));
    out.vlan = u16(16);
    out.transaction_id = u32(17);
    if (!row.is_null(18)) out.client = parse_ip(row.text(18));
    out.your_ip = parse_ip(row.text(19));
    if (!row.is_null(20)) out.server = parse_ip(row.text(20));
    out.requested_ip = parse_ip(row.text(21));
    out.lease_seconds = u32(22);
    out.anomaly = parse_anomaly(row.text(23));
    out.sensor = row.text(25);
    out.marks = u16(26);
    out.has_query = !reply;
    out.has_response = reply;
    return out;
}

}  // namespace vedette::store
