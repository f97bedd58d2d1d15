#include "store/sqlite/summaries.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <functional>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/filter_match.hpp"
#include "model/vendor/vendor.hpp"
#include "render/dns_words.hpp"
#include "store/sqlite/enum_text.hpp"
#include "store/sqlite/log_query_run.hpp"
#include "store/sqlite/schema.hpp"

namespace vedette::store {
namespace {

/// Addresses told per client, the newest.
constexpr std::size_t kMaxAddresses = 16;

using RowVisit = std::function<void(Statement&)>;

Result<void> each_row(Statement& statement, const RowVisit& visit) {
    for (;;) {
        const Result<bool> more = statement.step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        visit(statement);
    }
}

Result<void> each_row(Connection& connection, const std::string& sql, const RowVisit& visit) {
    auto statement = connection.prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    return each_row(*statement, visit);
}

/// Every DNS row that the filter accepts, in no particular order.
Result<void> each_match(Connection& connection, const Fingerprinter& print, const Filter& filter,
                        const std::function<void(Catalog&, const RawRow&)>& visit) {
    auto catalog = Catalog::make(connection);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    RowFilter rows(filter, *catalog);
    auto plan = make_plan(filter, print, *catalog, rows);
    if (!plan) return std::unexpected(std::move(plan).error());
    auto scan = RowScan::make(connection, *plan, rows);
    if (!scan) return std::unexpected(std::move(scan).error());
    for (const ScanPart& part : scan->parts()) {
        VEDETTE_TRY(scan->scan(part, Direction::Forward, [&](const RawRow& row) {
            visit(*catalog, row);
            return true;
        }));
    }
    return {};
}

/// Whether a term is about who the client is, so that table clients can answer it.
bool is_about_client(const FilterTerm& term) {
    switch (term.field) {
        case FilterField::Client:
        case FilterField::Vendor:
        case FilterField::Host:
        case FilterField::Text:
            return true;
        case FilterField::Is:
            return std::ranges::all_of(term.any_of, [](const FilterValue& value) {
                return value == FilterValue(FilterFlag::Randomized);
            });
        default:
            return false;
    }
}

/// Whether any name or address of a client satisfies the filter.
bool accepts_client(const Filter& filter, const ClientRow& client) {
    LogRow row;
    row.dhcp = true;
    row.client_mac = client.mac;
    row.mac_source = MacSource::Link;
    row.vendor = client.vendor;
    const std::vector<std::string> none_host{std::string()};
    const std::vector<IpAddress> none_address{IpAddress{}};
    for (const std::string& host : client.hosts.empty() ? none_host : client.hosts) {
        row.host = host;
        for (const IpAddress& ip : client.addresses.empty() ? none_address : client.addresses) {
            row.client = ip;
            if (matches(filter, row)) return true;
        }
    }
    return false;
}

/// Reads table clients with names and addresses, the newest first.
class ClientReader {
  public:
    static Result<ClientReader> make(Connection& connection) {
        ClientReader reader;
        auto hosts = connection.prepare(
            "SELECT host FROM client_hosts WHERE mac = ? ORDER BY last_seen DESC");
        if (!hosts) return std::unexpected(std::move(hosts).error());
        reader.hosts_ = std::move(*hosts);
        auto addresses = connection.prepare(
            "SELECT ip FROM client_addresses WHERE mac = ? ORDER BY last_seen DESC");
        if (!addresses) return std::unexpected(std::move(addresses).error());
        reader.addresses_ = std::move(*addresses);
        return reader;
    }

    Result<ClientRow> read(Statement& row) {
        ClientRow client;
        const std::string mac(row.text(0));
        client.mac = parse_mac(mac);
        client.vendor = row.text(1);
        client.first_seen = Timestamp{row.integer(2)};
        client.last_seen = Timestamp{row.integer(3)};
        client.queries = static_cast<std::uint64_t>(row.integer(4));
        client.answers = static_cast<std::uint64_t>(row.integer(5));
        client.dhcp_messages = static_cast<std::uint64_t>(row.integer(6));
        hosts_.bind(1, mac);
        VEDETTE_TRY(
            each_row(hosts_, [&](Statement& host) { client.hosts.emplace_back(host.text(0)); }));
        addresses_.bind(1, mac);
        VEDETTE_TRY(each_row(addresses_, [&](Statement& address) {
            if (client.addresses.size() < kMaxAddresses) {
                client.addresses.push_back(parse_ip(address.text(0)));
            }
        }));
        if (!client.hosts.empty()) client.host = client.hosts.front();
        return client;
    }

  private:
    Statement hosts_;
    Statement addresses_;
};

/// What the rows of one client add up to.
struct ClientCount {
    std::uint64_t queries = 0;
    std::uint64_t answers = 0;
    std::int64_t first = INT64_MAX;
    std::int64_t last = INT64_MIN;
};

using ClientCounts = boost::unordered_flat_map<std::uint64_t, ClientCount>;

/// Counts only the rows that the filter accepts; clients without any are left out.
Result<ClientCounts> count_clients(Connection& connection, const Fingerprinter& print,
                                   const Filter& filter) {
    ClientCounts counts;
    VEDETTE_TRY(each_match(connection, print, filter, [&](Catalog& catalog, const RawRow& row) {
        const HostEntry& host = catalog.host(row.client).entry;
        if (host.mac.is_zero()) return;
        ClientCount& count = counts[host.mac.to_u64()];
        const FormEntry& form = catalog.form(row.form);
        count.queries += form.has_query;
        count.answers += form.has_response;
        count.first = std::min(count.first, row.time);
        count.last = std::max(count.last, row.time);
    }));
    return counts;
}

std::string rdata_free_text(std::uint64_t number, std::string (*text)(std::uint16_t)) {
    return text(static_cast<std::uint16_t>(number));
}

/// Counts rows by a dictionary id first, then by what is printed.
class TopCounter {
  public:
    explicit TopCounter(TopKind kind) : kind_(kind) {}

    void add(Catalog& catalog, const RawRow& row) {
        if (kind_ == TopKind::Names && row.name == 0) return;
        if (kind_ == TopKind::Types && row.name == 0) return;
        if (kind_ == TopKind::Rcodes && catalog.form(row.form).has_response == 0) return;
        ++counts_[id_of(row)];
    }

    std::vector<TopRow> finish(Catalog& catalog, std::uint32_t limit) {
        boost::unordered_flat_map<std::string, TopRow> rows;
        for (const auto& [id, count] : counts_) {
            TopRow row = describe(catalog, id);
            if (row.key.empty()) continue;
            TopRow& sum = rows[row.key];
            sum.count += count;
            sum.key = row.key;
            if (sum.detail.size() < row.detail.size()) sum.detail = std::move(row.detail);
        }
        std::vector<TopRow> sorted;
        for (auto& [key, row] : rows)
            sorted.push_back(std::move(row));
        std::ranges::sort(sorted, [](const TopRow& a, const TopRow& b) {
            return a.count != b.count ? a.count > b.count : a.key < b.key;
        });
        if (limit != 0 && sorted.size() > limit) sorted.resize(limit);
        return sorted;
    }

  private:
    [[nodiscard]] std::uint32_t id_of(const RawRow& row) const noexcept {
        switch (kind_) {
            case TopKind::Names:
                return row.name;
            case TopKind::Clients:
            case TopKind::Vendors:
                return row.client;
            case TopKind::Types:
                return row.type;
            case TopKind::Rcodes:
                return row.form;
            case TopKind::Resolvers:
                return row.server;
        }
        return 0;
    }

    TopRow describe(Catalog& catalog, std::uint32_t id) const {
        switch (kind_) {
            case TopKind::Names:
                return {catalog.name(id), {}, 0};
            case TopKind::Vendors:
                return {catalog.host(id).vendor, {}, 0};
            case TopKind::Types:
                return {rdata_free_text(id, render::type_text), {}, 0};
            case TopKind::Rcodes:
                return {rdata_free_text(catalog.form(id).rcode, render::rcode_text), {}, 0};
            case TopKind::Resolvers:
                return {catalog.server(id).ip.to_text(), {}, 0};
            case TopKind::Clients:
                break;
        }
        const HostInfo& host = catalog.host(id);
        TopRow row;
        row.key = host.entry.mac.is_zero() ? host.entry.ip.to_text() : host.entry.mac.to_text();
        row.detail = host.vendor;
        if (!host.host.empty()) row.detail += (row.detail.empty() ? "" : ", ") + host.host;
        return row;
    }

    TopKind kind_;
    boost::unordered_flat_map<std::uint32_t, std::uint64_t> counts_;
};

std::uint64_t file_bytes(const std::string& path) {
    struct stat file{};
    return ::stat(path.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
}

}  // namespace

Result<std::vector<ClientRow>> find_clients(Connection& connection, const Fingerprinter& print,
                                            const Filter& filter) {
    auto reader = ClientReader::make(connection);
    if (!reader) return std::unexpected(std::move(reader).error());
    const bool simple = std::ranges::all_of(filter.terms, is_about_client);
    ClientCounts counts;
    if (!simple) {
        auto counted = count_clients(connection, print, filter);
        if (!counted) return std::unexpected(std::move(counted).error());
        counts = std::move(*counted);
    }
    std::vector<ClientRow> clients;
    Result<void> done;
    VEDETTE_TRY(each_row(
        connection,
        "SELECT mac, vendor, first_seen, last_seen, queries, answers, dhcp_messages FROM clients "
        "ORDER BY last_seen DESC",
        [&](Statement& row) {
            Result<ClientRow> client = reader->read(row);
            if (!client) {
                done = std::unexpected(std::move(client).error());
                return;
            }
            if (simple) {
                if (accepts_client(filter, *client)) clients.push_back(std::move(*client));
                return;
            }
            const auto count = counts.find(client->mac.to_u64());
            if (count == counts.end()) return;
            client->queries = count->second.queries;
            client->answers = count->second.answers;
            client->first_seen = Timestamp{count->second.first};
            client->last_seen = Timestamp{count->second.last};
            client->dhcp_messages = 0;
            clients.push_back(std::move(*client));
        }));
    if (!done) return std::unexpected(std::move(done).error());
    return clients;
}

Result<std::vector<LeaseRow>> find_leases(Connection& connection, const Filter& filter) {
    std::vector<LeaseRow> leases;
    VEDETTE_TRY(each_row(
        connection,
        "SELECT ip, mac, host, server, start, end, state FROM leases ORDER BY start DESC, ip",
        [&](Statement& row) {
            LeaseRow lease;
            lease.address = parse_ip(row.text(0));
            lease.mac = parse_mac(row.text(1));
            lease.vendor = vendor_name(lease.mac);
            lease.host = row.text(2);
            lease.server = parse_ip(row.text(3));
            lease.start = Timestamp{row.integer(4)};
            lease.end = row.is_null(5) ? kNever : Timestamp{row.integer(5)};
            lease.state = parse_lease_state(row.text(6));
            LogRow shown;
            shown.dhcp = true;
            shown.client_mac = lease.mac;
            shown.mac_source = MacSource::Lease;
            shown.vendor = lease.vendor;
            shown.host = lease.host;
            shown.client = lease.address;
            shown.server = lease.server;
            shown.time = lease.start;
            if (matches(filter, shown)) leases.push_back(std::move(lease));
        }));
    return leases;
}

Result<std::vector<TopRow>> find_top(Connection& connection, const Fingerprinter& print,
                                     TopKind kind, const Filter& filter, std::uint32_t limit) {
    TopCounter counter(kind);
    VEDETTE_TRY(each_match(connection, print, filter, [&](Catalog& catalog, const RawRow& row) {
        counter.add(catalog, row);
    }));
    auto catalog = Catalog::make(connection);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    return counter.finish(*catalog, limit);
}

Result<StoreStatistics> measure_store(Connection& connection, const std::string& path) {
    StoreStatistics statistics;
    const auto count = [&](const char* sql, std::uint64_t& out) -> Result<void> {
        const auto value = connection.query_integer(sql);
        if (!value) return std::unexpected(value.error());
        out = static_cast<std::uint64_t>(*value);
        return {};
    };
    statistics.bytes_on_disk = file_bytes(path) + file_bytes(path + "-wal");
    // Rows are numbered without gaps, so their count needs no walk over the table.
    VEDETTE_TRY(count("SELECT coalesce((SELECT max(id) - min(id) + 1 FROM dns), 0)",
                      statistics.transactions));
    VEDETTE_TRY(count("SELECT count(*) FROM dhcp", statistics.dhcp_messages));
    VEDETTE_TRY(count("SELECT count(*) FROM clients", statistics.clients));
    VEDETTE_TRY(count("SELECT count(*) FROM leases", statistics.leases));
    VEDETTE_TRY(count("SELECT count(*) FROM names", statistics.names));
    VEDETTE_TRY(count("SELECT count(*) FROM rdata", statistics.rdata));
    VEDETTE_TRY(count("SELECT coalesce((SELECT value FROM meta WHERE key = 'not_stored'), 0)",
                      statistics.not_stored));
    VEDETTE_TRY(each_row(
        connection,
        "SELECT min(low), max(high) FROM (SELECT min(min_time) low, max(max_time) high FROM "
        "segments UNION ALL SELECT min(time), max(time) FROM dns WHERE id > (SELECT "
        "coalesce(max(last_row), 0) FROM segments) UNION ALL SELECT min(time), max(time) FROM "
        "dhcp)",
        [&](Statement& row) {
            if (row.is_null(0)) return;
            statistics.oldest = Timestamp{row.integer(0)};
            statistics.newest = Timestamp{row.integer(1)};
        }));
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    statistics.schema_version = static_cast<int>(*version);
    return statistics;
}

}  // namespace vedette::store
