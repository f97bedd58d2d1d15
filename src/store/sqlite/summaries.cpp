#include "store/sqlite/summaries.hpp"

#include <sys/stat.h>

#include <algorithm>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/filter_match.hpp"
#include "model/vendor/vendor.hpp"
#include "store/sqlite/enum_text.hpp"
#include "store/sqlite/row_visits.hpp"
#include "store/sqlite/schema.hpp"

namespace vedette::store {
namespace {

/// Addresses told per client, the newest.
constexpr std::size_t kMaxAddresses = 16;

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
    VEDETTE_TRY(each_match(connection, print, filter, 0, [&](Catalog& catalog, const RawRow& row) {
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

Result<StoreStatistics> measure_store(Connection& connection, const std::string& path) {
    StoreStatistics statistics;
    const auto count = [&](const char* sql, std::uint64_t& out) -> Result<void> {
        const auto value = connection.query_integer(sql);
        if (!value) return std::unexpected(value.error());
        out = static_cast<std::uint64_t>(*value);
        return {};
    };
    statistics.bytes_on_disk = file_bytes(path) + file_bytes(path + "-wal");
    VEDETTE_TRY(count(kRowCountQuery, statistics.transactions));
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
