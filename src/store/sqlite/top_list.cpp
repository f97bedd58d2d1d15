// The top lists of summaries.hpp.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "render/dns_words.hpp"
#include "store/sqlite/postings.hpp"
#include "store/sqlite/row_visits.hpp"
#include "store/sqlite/summaries.hpp"

namespace vedette::store {
namespace {

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
    void add(std::uint32_t id, std::uint64_t count) { counts_[id] += count; }

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
                return {render::type_text(static_cast<std::uint16_t>(id)), {}, 0};
            case TopKind::Rcodes:
                return {render::rcode_text(catalog.form(id).rcode), {}, 0};
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

/// The indexed side whose keys are what is counted; names and clients have hashes for keys, which
/// two of them may share.
std::optional<Dimension> counted_dimension(TopKind kind) {
    switch (kind) {
        case TopKind::Types:
            return Dimension::Type;
        case TopKind::Resolvers:
            return Dimension::Server;
        default:
            return std::nullopt;
    }
}

/// Adds up the lengths of posting lists instead of reading rows; tells the last row they cover.
Result<std::int64_t> count_postings(Connection& connection, Dimension dimension,
                                    TopCounter& counter) {
    auto chunks = connection.prepare(
        "SELECT p.id, p.data FROM segments s JOIN postings p ON p.id BETWEEN (s.id << 36) + ?1 AND "
        "(s.id << 36) + ?2");
    if (!chunks) return std::unexpected(std::move(chunks).error());
    chunks->bind(1, chunk_id(0, dimension, 0));
    chunks->bind(2, chunk_id(0, dimension, UINT32_MAX));
    bool sound = true;
    VEDETTE_TRY(each_row(*chunks, [&](Statement& row) {
        sound =
            count_chunk(row.blob(1), static_cast<std::uint32_t>(row.integer(0)),
                        [&](std::uint32_t id, std::uint32_t count) { counter.add(id, count); }) &&
            sound;
    }));
    if (!sound) return fail(ErrorKind::InvalidInput, "the index of the store is damaged");
    return connection.query_integer("SELECT max(last_row) FROM segments");
}

}  // namespace

Result<std::vector<TopRow>> find_top(Connection& connection, const Fingerprinter& print,
                                     TopKind kind, const Filter& filter, std::uint32_t limit) {
    TopCounter counter(kind);
    const auto dimension = counted_dimension(kind);
    std::int64_t indexed = 0;
    if (filter.terms.empty() && dimension) {
        const auto counted = count_postings(connection, *dimension, counter);
        if (!counted) return std::unexpected(counted.error());
        indexed = *counted;
    }
    VEDETTE_TRY(
        each_match(connection, print, filter, indexed,
                   [&](Catalog& catalog, const RawRow& row) { counter.add(catalog, row); }));
    auto catalog = Catalog::make(connection);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    return counter.finish(*catalog, limit);
}

}  // namespace vedette::store
