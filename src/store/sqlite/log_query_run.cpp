#include "store/sqlite/log_query_run.hpp"

#include <algorithm>
#include <cctype>
#include <functional>

#include <boost/unordered/unordered_map.hpp>

#include "model/filter_match.hpp"

namespace vedette::store {
namespace {

/// Where a match stands in the order of time.
struct Hit {
    std::int64_t time = 0;
    std::int64_t row = 0;
};

/// Whether `a` is told before `b`.
struct TimeOrder {
    bool newest_first = true;

    bool operator()(const Hit& a, const Hit& b) const noexcept {
        if (a.time != b.time) return newest_first ? a.time > b.time : a.time < b.time;
        return newest_first ? a.row > b.row : a.row < b.row;
    }
};

/// Everything a query needs, made in the order in which it depends on each other.
struct Context {
    const LogQuery& query;
    const LogVisitor& visit;
    Catalog& catalog;
    RowScan& scan;
    LogRows& rows;
    DhcpStream& dhcp;
};

/// By time: keeps the best `limit` hits, and stops when no part left can beat them.
class TimeRun {
  public:
    explicit TimeRun(Context context)
        : context_(context), order_{context.query.newest_first}, limit_(context.query.limit) {}

    Result<void> run() {
        std::vector<ScanPart> parts = context_.scan.parts();
        std::ranges::sort(parts, [&](const ScanPart& a, const ScanPart& b) {
            return newest() ? a.max_time > b.max_time : a.min_time < b.min_time;
        });
        for (const ScanPart& part : parts) {
            const std::int64_t bound = newest() ? part.max_time : part.min_time;
            if (full() && beats(hits_.front().time, bound)) break;
            if (limit_ == 0) {
                VEDETTE_TRY(tell_beyond(bound));
                if (done_) return {};
            }
            VEDETTE_TRY(
                context_.scan.scan(part, newest() ? Direction::Backward : Direction::Forward,
                                   [&](const RawRow& row) { return take(row, part.disorder); }));
        }
        std::ranges::sort(hits_, order_);
        for (const Hit& hit : hits_) {
            VEDETTE_TRY(tell(hit));
            if (done_) return {};
        }
        return tell_dhcp(nullptr);
    }

  private:
    [[nodiscard]] bool newest() const noexcept { return order_.newest_first; }
    [[nodiscard]] bool full() const noexcept { return limit_ != 0 && hits_.size() >= limit_; }
    /// Whether a hit of time `a` is told before anything of time `b`.
    [[nodiscard]] bool beats(std::int64_t a, std::int64_t b) const noexcept {
        return newest() ? a > b : a < b;
    }

    bool take(const RawRow& row, std::int64_t disorder) {
        const Hit hit{row.time, row.id};
        if (const auto& after = context_.query.after) {
            if (!order_({after->time.nanos, after->row}, hit)) return true;
        }
        if (limit_ == 0) {
            hits_.push_back(hit);
            return true;
        }
        // The worst hit is kept in front.
        if (full()) {
            const std::int64_t reach = newest() ? row.time + disorder : row.time - disorder;
            if (beats(hits_.front().time, reach)) return false;
            if (!order_(hit, hits_.front())) return true;
            std::ranges::pop_heap(hits_, order_);
            hits_.pop_back();
        }
        hits_.push_back(hit);
        std::ranges::push_heap(hits_, order_);
        return true;
    }

    /// Without a limit: tells what no later part can come before.
    Result<void> tell_beyond(std::int64_t bound) {
        const auto middle = std::partition(hits_.begin(), hits_.end(),
                                           [&](const Hit& hit) { return beats(hit.time, bound); });
        std::sort(hits_.begin(), middle, order_);
        for (auto hit = hits_.begin(); hit != middle; ++hit) {
            VEDETTE_TRY(tell(*hit));
            if (done_) return {};
        }
        hits_.erase(hits_.begin(), middle);
        return {};
    }

    /// Tells the DHCP rows that come before `hit`, all that are left without one.
    Result<void> tell_dhcp(const Hit* hit) {
        while (!done_) {
            const auto next = context_.dhcp.peek();
            if (!next) return std::unexpected(next.error());
            if (*next == nullptr) return {};
            const Hit other{(*next)->time.nanos, (*next)->row};
            if (hit != nullptr && !order_(other, *hit)) return {};
            const auto& after = context_.query.after;
            if (!after || order_({after->time.nanos, after->row}, other)) give(**next);
            context_.dhcp.pop();
        }
        return {};
    }

    Result<void> tell(const Hit& hit) {
        VEDETTE_TRY(tell_dhcp(&hit));
        if (done_) return {};
        const Result<LogRow> row = context_.rows.dns(hit.row);
        if (!row) return std::unexpected(row.error());
        if (row->row != 0) give(*row);
        return {};
    }

    void give(const LogRow& row) {
        done_ = !context_.visit(row) || (limit_ != 0 && ++told_ >= limit_);
    }

    Context context_;
    TimeOrder order_;
    std::uint32_t limit_;
    std::uint32_t told_ = 0;
    bool done_ = false;
    std::vector<Hit> hits_;
};

/// By another column: the key ascending (latency: the slowest first when newest come first),
/// nothing known last; then by time.
class KeyRun {
  public:
    explicit KeyRun(Context context)
        : context_(context), order_{context.query.newest_first}, limit_(context.query.limit) {}

    Result<void> run() {
        for (const ScanPart& part : context_.scan.parts()) {
            VEDETTE_TRY(context_.scan.scan(part, Direction::Forward, [&](const RawRow& row) {
                take(key_of(row), {row.time, row.id});
                return true;
            }));
        }
        VEDETTE_TRY(take_dhcp());
        std::ranges::sort(hits_, [&](const KeyHit& a, const KeyHit& b) { return before(a, b); });
        for (const KeyHit& hit : hits_) {
            const Result<LogRow> row = fetch(hit.hit.row);
            if (!row) return std::unexpected(row.error());
            if (row->row != 0 && !context_.visit(*row)) break;
        }
        return {};
    }

  private:
    struct KeyHit {
        std::string key;
        Hit hit;
    };

    [[nodiscard]] bool before(const KeyHit& a, const KeyHit& b) const noexcept {
        if (a.key.empty() != b.key.empty()) return b.key.empty();
        const bool largest_first = context_.query.sort == LogSort::Latency && order_.newest_first;
        if (a.key != b.key) return largest_first ? a.key > b.key : a.key < b.key;
        return order_(a.hit, b.hit);
    }

    void take(const std::string& key, Hit hit) {
        const auto order = [&](const KeyHit& a, const KeyHit& b) { return before(a, b); };
        if (limit_ != 0 && hits_.size() >= limit_) {
            if (!before({key, hit}, hits_.front())) return;
            std::ranges::pop_heap(hits_, order);
            hits_.pop_back();
        }
        hits_.push_back({key, hit});
        if (limit_ != 0) std::ranges::push_heap(hits_, order);
    }

    Result<void> take_dhcp() {
        for (;;) {
            const auto next = context_.dhcp.peek();
            if (!next) return std::unexpected(next.error());
            if (*next == nullptr) return {};
            const LogRow& row = **next;
            take(key_of(row), {row.time.nanos, row.row});
            dhcp_rows_.emplace(row.row, row);
            context_.dhcp.pop();
        }
    }

    Result<LogRow> fetch(std::int64_t row) {
        if (row > 0) return context_.rows.dns(row);
        return dhcp_rows_.at(row);
    }

    static std::string big_endian(std::uint64_t value) {
        std::string key;
        for (unsigned shift = 64; shift > 0; shift -= 8) {
            key += static_cast<char>(value >> (shift - 8));
        }
        return key;
    }
    static std::string folded(std::string text) {
        for (char& c : text)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return text;
    }
    static std::string ip_key(const IpAddress& ip) {
        return ip.is_unspecified() ? std::string() : std::string(as_text(ip.octets));
    }
    static std::string mac_key(const MacAddress& mac) {
        return mac.is_zero() ? std::string() : std::string(as_text(mac.octets));
    }

    [[nodiscard]] std::string key_of(const LogRow& row) const {
        switch (context_.query.sort) {
            case LogSort::Ip:
                return ip_key(row.client);
            case LogSort::Mac:
                return mac_key(row.client_mac);
            case LogSort::Vendor:
                return folded(row.vendor);
            default:
                return {};
        }
    }

    /// Keys of dictionary entries are made once per entry.
    const std::string& key_of(const RawRow& row) {
        const LogSort sort = context_.query.sort;
        if (sort == LogSort::Latency) {
            scratch_ = row.has_latency ? big_endian(static_cast<std::uint64_t>(row.latency))
                                       : std::string();
            return scratch_;
        }
        const std::uint32_t id = sort == LogSort::Name ? row.name : row.client;
        auto [entry, fresh] = keys_.try_emplace(id);
        if (fresh && sort == LogSort::Name) entry->second = context_.catalog.name(id);
        if (fresh && sort != LogSort::Name) {
            LogRow host;
            fill(host, context_.catalog.host(id));
            entry->second = key_of(host);
        }
        return entry->second;
    }

    Context context_;
    TimeOrder order_;
    std::uint32_t limit_;
    std::vector<KeyHit> hits_;
    std::string scratch_;
    boost::unordered_map<std::uint32_t, std::string> keys_;
    boost::unordered_map<std::int64_t, LogRow> dhcp_rows_;
};

/// The cursor bounds the times that can still come.
void apply_cursor(const LogQuery& query, QueryPlan& plan) {
    if (!query.after) return;
    const std::int64_t time = query.after->time.nanos;
    if (query.newest_first) {
        plan.max_time = std::min(plan.max_time, time);
    } else {
        plan.min_time = std::max(plan.min_time, time);
    }
}

}  // namespace

Result<DhcpStream> DhcpStream::make(Connection& connection, const QueryPlan& plan,
                                    const Filter& filter, bool newest_first) {
    DhcpStream stream;
    stream.filter_ = &filter;
    stream.ended_ = !plan.dhcp;
    auto statement = connection.prepare(std::string("SELECT ") + kDhcpColumns +
                                        " FROM dhcp WHERE time BETWEEN ? AND ? ORDER BY " +
                                        (newest_first ? "time DESC, id" : "time, id DESC"));
    if (!statement) return std::unexpected(std::move(statement).error());
    stream.statement_ = std::move(*statement);
    stream.statement_.bind(1, plan.min_time);
    stream.statement_.bind(2, plan.max_time);
    return stream;
}

Result<const LogRow*> DhcpStream::peek() {
    while (!loaded_ && !ended_) {
        const Result<bool> more = statement_.step();
        if (!more) return std::unexpected(more.error());
        if (!*more) {
            ended_ = true;
            break;
        }
        row_ = read_dhcp(statement_);
        loaded_ = matches(*filter_, row_);
    }
    return loaded_ ? &row_ : nullptr;
}

Result<void> run_log_query(Connection& connection, const Fingerprinter& print,
                           const LogQuery& query, const LogVisitor& visit) {
    auto catalog = Catalog::make(connection);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    RowFilter filter(query.filter, *catalog);
    auto plan = make_plan(query.filter, print, *catalog, filter);
    if (!plan) return std::unexpected(std::move(plan).error());
    const bool by_time = query.sort == LogSort::Time || query.sort == LogSort::Date;
    if (by_time) apply_cursor(query, *plan);
    auto scan = RowScan::make(connection, *plan, filter);
    if (!scan) return std::unexpected(std::move(scan).error());
    auto rows = LogRows::make(connection, *catalog);
    if (!rows) return std::unexpected(std::move(rows).error());
    auto dhcp = DhcpStream::make(connection, *plan, query.filter, query.newest_first);
    if (!dhcp) return std::unexpected(std::move(dhcp).error());
    const Context context{query, visit, *catalog, *scan, *rows, *dhcp};
    return by_time ? TimeRun(context).run() : KeyRun(context).run();
}

}  // namespace vedette::store
