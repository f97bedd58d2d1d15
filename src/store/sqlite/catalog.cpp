#include "store/sqlite/catalog.hpp"

#include <charconv>

#include "render/dns_words.hpp"
#include "store/sqlite/enum_text.hpp"

namespace vedette::store {
namespace {

/// Entries kept of each dictionary before it is forgotten and read anew.
constexpr std::size_t kMaxKept = 100'000;

template <typename Map>
void bound(Map& map) {
    if (map.size() >= kMaxKept) map.clear();
}

bool find_row(Statement& statement, std::uint32_t id) {
    statement.reset();
    statement.bind(1, std::int64_t{id});
    const Result<bool> row = statement.step();
    return row && *row;
}

}  // namespace

const char* const Catalog::kAllHosts =
    "SELECT id, ip, mac, mac_source, host, vendor, vlan, interface, link_source, link_destination, "
    "sensor FROM hosts";
const char* const Catalog::kAllForms =
    "SELECT id, protocol, transport, kind, has_query, has_response, class, query_flags, "
    "response_flags, rcode, marks, anomaly, extra FROM forms";

Result<Catalog> Catalog::make(Connection& connection) {
    Catalog catalog;
    catalog.connection_ = &connection;
    const auto prepare = [&](Statement& out, const std::string& sql) -> Result<void> {
        auto statement = connection.prepare(sql);
        if (!statement) return std::unexpected(std::move(statement).error());
        out = std::move(*statement);
        return {};
    };
    VEDETTE_TRY(prepare(catalog.host_row_, std::string(kAllHosts) + " WHERE id = ?"));
    VEDETTE_TRY(prepare(catalog.form_row_, std::string(kAllForms) + " WHERE id = ?"));
    VEDETTE_TRY(prepare(catalog.server_row_, "SELECT id, ip, port FROM servers WHERE id = ?"));
    VEDETTE_TRY(prepare(catalog.name_row_, "SELECT name FROM names WHERE id = ?"));
    VEDETTE_TRY(prepare(catalog.answer_row_,
                        "SELECT answer, authority, additional FROM answers WHERE id = ?"));
    VEDETTE_TRY(prepare(catalog.record_row_,
                        "SELECT n.name, r.type, x.text FROM records r LEFT JOIN names n ON "
                        "n.id = r.owner LEFT JOIN rdata x ON x.id = r.rdata WHERE r.id = ?"));
    VEDETTE_TRY(prepare(catalog.vendor_row_, "SELECT name FROM vendors WHERE id = ?"));
    return catalog;
}

HostInfo Catalog::host_of(const Statement& row) {
    HostInfo info{read_host(row), std::string(row.text(4)), {}, std::string(row.text(10))};
    if (info.entry.vendor != 0) info.vendor = vendor(info.entry.vendor);
    return info;
}

ServerEntry Catalog::server_of(const Statement& row) {
    return {static_cast<std::uint32_t>(row.integer(0)), static_cast<std::uint16_t>(row.integer(2)),
            parse_ip(row.text(1))};
}

FormEntry Catalog::form_of(const Statement& row) {
    return read_form(row);
}

const HostInfo& Catalog::host(std::uint32_t id) {
    if (const auto found = hosts_.find(id); found != hosts_.end()) return found->second;
    bound(hosts_);
    HostInfo info;
    if (find_row(host_row_, id)) info = host_of(host_row_);
    host_row_.reset();
    return hosts_.emplace(id, std::move(info)).first->second;
}

const ServerEntry& Catalog::server(std::uint32_t id) {
    if (const auto found = servers_.find(id); found != servers_.end()) return found->second;
    bound(servers_);
    ServerEntry entry;
    if (find_row(server_row_, id)) entry = server_of(server_row_);
    server_row_.reset();
    return servers_.emplace(id, entry).first->second;
}

const FormEntry& Catalog::form(std::uint32_t id) {
    if (const auto found = forms_.find(id); found != forms_.end()) return found->second;
    bound(forms_);
    FormEntry entry;
    if (find_row(form_row_, id)) entry = form_of(form_row_);
    form_row_.reset();
    return forms_.emplace(id, entry).first->second;
}

const std::string& Catalog::name(std::uint32_t id) {
    if (const auto found = names_.find(id); found != names_.end()) return found->second;
    bound(names_);
    std::string text;
    if (id != 0 && find_row(name_row_, id)) text = name_row_.text(0);
    name_row_.reset();
    return names_.emplace(id, std::move(text)).first->second;
}

std::string Catalog::vendor(std::uint32_t id) {
    if (const auto found = vendors_.find(id); found != vendors_.end()) return found->second;
    std::string text;
    if (find_row(vendor_row_, id)) text = vendor_row_.text(0);
    vendor_row_.reset();
    return vendors_.emplace(id, std::move(text)).first->second;
}

const std::vector<LogRecord>& Catalog::records(std::uint32_t id) {
    if (const auto found = records_.find(id); found != records_.end()) return found->second;
    bound(records_);
    std::vector<LogRecord> records;
    if (id != 0 && find_row(answer_row_, id)) {
        for (std::uint8_t section = 0; section < 3; ++section) {
            read_section(answer_row_.text(section), static_cast<std::uint8_t>(section + 1),
                         records);
        }
    }
    answer_row_.reset();
    return records_.emplace(id, std::move(records)).first->second;
}

void Catalog::read_section(std::string_view ids, std::uint8_t section,
                           std::vector<LogRecord>& out) {
    const char* at = ids.data();
    const char* end = at + ids.size();
    while (at < end) {
        std::uint32_t id = 0;
        const auto parsed = std::from_chars(at, end, id);
        if (parsed.ec != std::errc()) {
            ++at;
            continue;
        }
        at = parsed.ptr;
        if (!find_row(record_row_, id)) continue;
        LogRecord& record = out.emplace_back();
        record.owner = record_row_.text(0);
        record.type = render::type_text(static_cast<std::uint16_t>(record_row_.integer(1)));
        record.rdata = record_row_.text(2);
        record.section = section;
    }
    record_row_.reset();
}

}  // namespace vedette::store
