// The store against the reference: whatever a filter says, the store's rows are those that
// model/filter_match accepts, in the same order, page by page as in one go.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "model/filter_match.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/testing/store_test.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

using testing::StoreTest;

/// Traffic with everything a filter can ask for: damage, VLANs, unknown clients, IPv6, DHCP.
class Mixture {
  public:
    explicit Mixture(std::uint64_t seed) : random_(seed), traffic_(options(seed)) {}

    EventBatch make(std::size_t count) {
        EventBatch batch;
        traffic_.fill(batch, count);
        for (DnsTransaction& event : batch.dns)
            disturb(event);
        // Completion order is not the order of time.
        for (std::size_t i = 0; i + 20 < batch.dns.size(); i += 7) {
            std::swap(batch.dns[i], batch.dns[i + random_() % 20]);
        }
        for (std::size_t i = 0; i < count / 50; ++i)
            add_dhcp(batch);
        return batch;
    }
    testing::Traffic& traffic() { return traffic_; }

  private:
    static testing::TrafficOptions options(std::uint64_t seed) {
        testing::TrafficOptions options;
        options.seed = seed;
        options.clients = 30;
        options.names = 150;
        options.mean_gap = 150 * kNanosPerSecond;  // a segment is closed every day: 576 rows
        options.mixed_case = true;
        return options;
    }

    void disturb(DnsTransaction& event) {
        if (random_() % 9 == 0) event.vlan = static_cast<std::uint16_t>(random_() % 3 * 10);
        if (random_() % 11 == 0) event.mac_source = MacSource::Unknown;
        if (random_() % 13 == 0) event.mac_source = MacSource::Lease;
        if (random_() % 17 == 0) event.query_damage = {wire::AnomalyId::UdpBadLength, 7};
        if (random_() % 19 == 0) event.query_damage = {wire::AnomalyId::TcpGap, 3};
        if (random_() % 15 == 0) event.transport = Transport::Tcp;
        if (random_() % 23 == 0) event.marks |= DnsMarks::kFragmented | DnsMarks::kTunneled;
        if (random_() % 29 == 0) event.response_flags |= 0x0200;
        if (random_() % 31 == 0) event.qname = {};
        if (random_() % 12 == 0) {
            event.client = *IpAddress::parse("2001:db8::" + std::to_string(random_() % 20));
        }
    }

    void add_dhcp(EventBatch& batch) {
        DhcpMessage event;
        event.time = Timestamp{traffic_.now() -
                               static_cast<std::int64_t>(random_() % 1000) * kNanosPerSecond};
        event.client_mac = traffic_.client_mac(static_cast<std::uint32_t>(random_() % 30));
        event.mac_source = MacSource::Link;
        event.v6 = random_() % 4 == 0;
        event.op = static_cast<std::uint8_t>(1 + random_() % 2);
        event.type = static_cast<DhcpType>(1 + random_() % 8);
        event.source = IpAddress::from_v4(0);
        event.destination = IpAddress::from_v4(0xffffffffU);
        event.source_port = event.op == 1 ? 68 : 67;
        event.destination_port = event.op == 1 ? 67 : 68;
        if (event.op == 2)
            event.your_ip =
                IpAddress::from_v4(0x0a000100U + static_cast<std::uint32_t>(random_() % 30));
        event.host_name = batch.bytes.append("host-" + std::to_string(random_() % 9));
        event.vendor_class = batch.bytes.append("MSFT 5.0");
        batch.dhcp.push_back(event);
    }

    std::mt19937_64 random_;
    testing::Traffic traffic_;
};

/// Filters at random, their values taken from rows so that they find something.
class RandomFilters {
  public:
    RandomFilters(std::uint64_t seed, const std::vector<LogRow>& rows)
        : random_(seed), rows_(rows) {}

    Filter make() {
        Filter filter;
        const std::size_t terms = 1 + random_() % 3;
        for (std::size_t i = 0; i < terms; ++i) {
            FilterTerm term;
            term.field = static_cast<FilterField>(random_() % kFields);
            term.negated = random_() % 4 == 0;
            const std::size_t values = 1 + random_() % 2;
            for (std::size_t v = 0; v < values; ++v)
                term.any_of.push_back(value(term));
            filter.terms.push_back(std::move(term));
        }
        return filter;
    }

  private:
    static constexpr unsigned kFields = static_cast<unsigned>(FilterField::Text) + 1;

    const LogRow& row() { return rows_[random_() % rows_.size()]; }

    std::string glob_of(std::string text) {
        switch (random_() % 5) {
            case 0:
                return text.empty() ? "*" : "*" + text.substr(text.size() / 2);
            case 1:
                return text.substr(0, text.size() / 2) + "*";
            case 2: {
                const std::size_t dot = text.find('.');
                return dot == std::string::npos ? "*" : "*" + text.substr(dot);
            }
            case 3: {
                for (char& c : text)
                    c = c == 'e' ? '?' : c;
                return text;
            }
            default:
                return text;
        }
    }

    FilterValue client_value() {
        const LogRow& some = row();
        switch (random_() % 3) {
            case 0:
                return some.client_mac;
            case 1:
                return Prefix(some.client, some.client.is_v4()
                                               ? 24 + static_cast<unsigned>(random_() % 9)
                                               : 126);
            default:
                return glob_of(some.host);
        }
    }

    FilterValue answer_value() {
        const LogRow& some = row();
        if (some.records.empty()) return std::string("example");
        const std::string& text = some.records.front().rdata;
        if (const auto ip = IpAddress::parse(text)) return Prefix(*ip, ip->is_v4() ? 20 : 64);
        return glob_of(text);
    }

    FilterValue value(FilterTerm& term) {
        const LogRow& some = row();
        switch (term.field) {
            case FilterField::Client:
                return client_value();
            case FilterField::Vendor:
                return glob_of(some.vendor.substr(0, 12));
            case FilterField::Name:
                return glob_of(some.name);
            case FilterField::Type:
                return std::uint64_t{some.qtype};
            case FilterField::Rcode:
                return std::uint64_t{some.rcode};
            case FilterField::Opcode:
                return std::uint64_t{random_() % 2};
            case FilterField::Ip:
                return Prefix(random_() % 2 != 0 ? some.client : some.server,
                              static_cast<unsigned>(random_() % 33));
            case FilterField::Server:
                return Prefix(some.server, 32);
            case FilterField::Port:
                return std::uint64_t{random_() % 2 != 0 ? some.client_port : some.server_port};
            case FilterField::Answer:
                return answer_value();
            case FilterField::Host:
                return glob_of(some.host);
            case FilterField::Transport:
                return static_cast<std::uint64_t>(some.transport);
            case FilterField::Protocol:
                return std::vector<std::uint64_t>{0, 1, kFilterDns, kFilterDhcp}[random_() % 4];
            case FilterField::MacKnown:
                return static_cast<std::uint64_t>(some.mac_source);
            case FilterField::Latency:
                term.op = static_cast<FilterOperator>(random_() % 5);
                return some.latency;
            case FilterField::Time:
                term.op = static_cast<FilterOperator>(random_() % 5);
                return some.time;
            case FilterField::Is:
                return static_cast<FilterFlag>(random_() %
                                               (static_cast<unsigned>(FilterFlag::V6) + 1));
            case FilterField::Message:
                return std::uint64_t{some.message_type} + (some.v6 ? kFilterDhcp6 : 0);
            case FilterField::Vlan:
                return std::uint64_t{some.vlan};
            case FilterField::Sensor:
                return glob_of(some.sensor);
            case FilterField::Anomaly:
                return static_cast<std::uint64_t>(some.anomaly);
            case FilterField::Text:
                break;
        }
        const std::string& text = random_() % 2 != 0 ? some.name : some.host;
        return text.substr(text.size() / 3, 4);
    }

    std::mt19937_64 random_;
    const std::vector<LogRow>& rows_;
};

bool before(const LogRow& a, const LogRow& b, bool newest_first) {
    if (a.time != b.time) return newest_first ? a.time > b.time : a.time < b.time;
    return newest_first ? a.row > b.row : a.row < b.row;
}

std::vector<std::int64_t> numbers(const std::vector<LogRow>& rows) {
    std::vector<std::int64_t> numbers;
    for (const LogRow& row : rows)
        numbers.push_back(row.row);
    return numbers;
}

class FilterPropertyTest : public StoreTest {
  protected:
    /// Rows over a week, in two sessions, with a stretch older than what stands before it.
    void fill_store(std::uint64_t seed) {
        Mixture late(seed);
        Mixture early(seed + 100);
        write(late.make(1'500));
        EventBatch elsewhere = early.make(600);
        elsewhere.origin.sensor = "branch-1";
        write(elsewhere);
        write(late.make(900));
        LogQuery all;
        all.limit = 0;
        rows_ = logs(all);
        ASSERT_EQ(rows_.size(), 3'000U + 60U);
        Connection connection = *Connection::open(path_, OpenMode::ReadOnly);
        ASSERT_GE(*connection.query_integer("SELECT count(*) FROM segments"), 4);
    }

    std::vector<LogRow> expected(const LogQuery& query) const {
        std::vector<LogRow> found;
        for (const LogRow& row : rows_) {
            if (matches(query.filter, row)) found.push_back(row);
        }
        std::ranges::sort(found, [&](const LogRow& a, const LogRow& b) {
            return before(a, b, query.newest_first);
        });
        if (query.limit != 0 && found.size() > query.limit) found.resize(query.limit);
        return found;
    }

    std::vector<LogRow> rows_;
};

TEST_F(FilterPropertyTest, TheStoreFindsWhatTheReferenceFinds) {
    fill_store(11);
    RandomFilters filters(5, rows_);
    std::size_t found = 0;
    for (int i = 0; i < 400; ++i) {
        LogQuery query;
        query.filter = filters.make();
        query.newest_first = i % 3 != 0;
        query.limit = i % 4 == 0 ? 0 : 25;
        const std::vector<LogRow> wanted = expected(query);
        found += wanted.size();
        std::string fields;
        for (const FilterTerm& term : query.filter.terms) {
            fields += std::to_string(static_cast<int>(term.field)) + (term.negated ? "- " : " ");
        }
        ASSERT_EQ(numbers(logs(query)), numbers(wanted)) << "filter " << i << " fields " << fields;
    }
    EXPECT_GT(found, 5'000U);  // the filters did find rows
}

TEST_F(FilterPropertyTest, PagesAddUpToTheWhole) {
    fill_store(12);
    RandomFilters filters(6, rows_);
    for (int i = 0; i < 30; ++i) {
        LogQuery query;
        query.filter = filters.make();
        query.newest_first = i % 2 == 0;
        query.limit = 0;
        const std::vector<std::int64_t> whole = numbers(expected(query));
        std::vector<std::int64_t> paged;
        query.limit = 97;
        for (;;) {
            const std::vector<LogRow> page = logs(query);
            for (const LogRow& row : page)
                paged.push_back(row.row);
            if (page.size() < query.limit) break;
            query.after = LogCursor{page.back().time, page.back().row};
        }
        ASSERT_EQ(paged, whole) << "filter " << i;
    }
}

TEST_F(FilterPropertyTest, SortsByEveryColumn) {
    fill_store(13);
    const auto key = [](LogSort sort, const LogRow& row) -> std::string {
        switch (sort) {
            case LogSort::Ip:
                return row.client.is_unspecified() ? "" : std::string(as_text(row.client.octets));
            case LogSort::Mac:
                return row.client_mac.is_zero() ? "" : row.client_mac.to_text();
            case LogSort::Name: {
                std::string name = row.name;
                for (char& c : name)
                    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
                return name;
            }
            default:
                return {};
        }
    };
    for (const LogSort sort : {LogSort::Ip, LogSort::Mac, LogSort::Name}) {
        LogQuery query;
        query.sort = sort;
        query.limit = 0;
        const std::vector<LogRow> rows = logs(query);
        ASSERT_EQ(rows.size(), rows_.size());
        bool ended = false;  // rows without the column come last
        for (std::size_t i = 1; i < rows.size(); ++i) {
            const std::string a = key(sort, rows[i - 1]);
            const std::string b = key(sort, rows[i]);
            ended = ended || a.empty();
            EXPECT_TRUE(!ended || b.empty());
            EXPECT_TRUE(a.empty() || b.empty() || a <= b) << static_cast<int>(sort) << " " << i;
        }
        query.limit = 40;
        const std::vector<LogRow> first = logs(query);
        EXPECT_EQ(numbers(first), numbers({rows.begin(), rows.begin() + 40}));
    }
    LogQuery slowest;
    slowest.sort = LogSort::Latency;
    const std::vector<LogRow> rows = logs(slowest);
    ASSERT_EQ(rows.size(), 100U);
    EXPECT_TRUE(std::ranges::is_sorted(rows, std::greater<>(), &LogRow::latency));
}

}  // namespace
}  // namespace vedette::store
