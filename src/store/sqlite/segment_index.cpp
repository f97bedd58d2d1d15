#include "store/sqlite/segment_index.hpp"

#include <algorithm>
#include <string>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/time.hpp"
#include "render/name_text.hpp"
#include "store/sqlite/catalog.hpp"
#include "store/sqlite/name_dictionary.hpp"
#include "store/sqlite/row_filter.hpp"
#include "store/sqlite/schema.hpp"

namespace vedette::store {
namespace {

/// A quiet network closes a segment a day, so that old days can be dropped by segments.
constexpr std::int64_t kMaxSpan = 86'400 * kNanosPerSecond;

/// Makes the keys of rows that are already in the file.
class KeyMaker {
  public:
    KeyMaker(std::uint64_t seed, Catalog& catalog) : print_(seed), catalog_(catalog) {}

    [[nodiscard]] RowKeys keys_of(const RawRow& row) {
        const HostEntry& host = catalog_.host(row.client).entry;
        RowKeys keys;
        keys.client = client_key(print_, host.mac, host.ip);
        keys.vendor = static_cast<std::uint16_t>(host.vendor);
        keys.server = row.server;
        keys.form = row.form;
        keys.type = row.type;
        keys.named = row.name != 0;
        if (keys.named) {
            const NameKeys& name = name_keys(row.name);
            keys.name = name.name;
            keys.domain = name.domain;
        }
        return keys;
    }

  private:
    struct NameKeys {
        std::uint32_t name = 0;
        std::uint32_t domain = 0;
    };

    const NameKeys& name_keys(std::uint32_t id) {
        auto [entry, fresh] = names_.try_emplace(id);
        if (fresh) {
            FoldedName folded;
            if (const auto name = render::parse_name(catalog_.name(id))) {
                fold_name(name->view(), folded);
            }
            entry->second = {name_key(print_, folded.view()), domain_key(print_, folded.view())};
        }
        return entry->second;
    }

    Fingerprinter print_;
    Catalog& catalog_;
    boost::unordered_flat_map<std::uint32_t, NameKeys> names_;
};

}  // namespace

Result<SegmentIndex> SegmentIndex::make(Connection& connection) {
    SegmentIndex index;
    index.connection_ = &connection;
    auto posting = connection.prepare("INSERT INTO postings VALUES(?,?)");
    if (!posting) return std::unexpected(std::move(posting).error());
    index.insert_posting_ = std::move(*posting);
    auto segment = connection.prepare("INSERT INTO segments VALUES(?,?,?,?,?,?)");
    if (!segment) return std::unexpected(std::move(segment).error());
    index.insert_segment_ = std::move(*segment);
    return index;
}

Result<void> SegmentIndex::add(const WriteJob& job) {
    for (std::size_t i = 0; i < job.rows.size(); ++i) {
        const std::int64_t row = job.first_row + static_cast<std::int64_t>(i);
        VEDETTE_TRY(add_row(row, job.rows[i].time, job.keys[i]));
    }
    return {};
}

Result<void> SegmentIndex::add_row(std::int64_t row, std::int64_t time, const RowKeys& keys) {
    if (builder_.rows() != 0) {
        const std::int64_t low = std::min(min_time_, time);
        const std::int64_t high = std::max(max_time_, time);
        const bool full = builder_.rows() == kSegmentRows;
        // A gap in the numbers would shift every row behind it.
        if (full || high - low > kMaxSpan || row != last_row_ + 1) VEDETTE_TRY(close_segment());
    }
    if (builder_.rows() == 0) {
        first_row_ = row;
        min_time_ = max_time_ = time;
        disorder_ = 0;
    }
    disorder_ = std::max(disorder_, max_time_ - time);
    min_time_ = std::min(min_time_, time);
    max_time_ = std::max(max_time_, time);
    last_row_ = row;
    builder_.add(keys);
    return {};
}

Result<void> SegmentIndex::close_segment() {
    Result<void> done;
    builder_.finish([&](Dimension dimension, std::uint32_t first_key, ByteView chunk) {
        if (!done) return;
        insert_posting_.bind(1, chunk_id(next_segment_, dimension, first_key));
        insert_posting_.bind_blob(2, chunk);
        done = insert_posting_.run();
    });
    VEDETTE_TRY(done);
    int column = 0;
    for (const std::int64_t value :
         {next_segment_, first_row_, last_row_, min_time_, max_time_, disorder_}) {
        insert_segment_.bind(++column, value);
    }
    ++next_segment_;
    return insert_segment_.run();
}

Result<void> SegmentIndex::reload() {
    builder_.clear();
    const auto last = connection_->query_integer("SELECT max(id) FROM segments");
    if (!last) return std::unexpected(last.error());
    next_segment_ = *last + 1;
    const auto indexed = connection_->query_integer("SELECT max(last_row) FROM segments");
    if (!indexed) return std::unexpected(indexed.error());
    const auto seed = read_meta(*connection_, "seed");
    if (!seed) return std::unexpected(seed.error());
    auto catalog = Catalog::make(*connection_);
    if (!catalog) return std::unexpected(std::move(catalog).error());
    KeyMaker maker(static_cast<std::uint64_t>(*seed), *catalog);
    auto rows = connection_->prepare(std::string("SELECT ") + kRawColumns +
                                     " FROM dns WHERE id > ? ORDER BY id");
    if (!rows) return std::unexpected(std::move(rows).error());
    rows->bind(1, *indexed);
    for (;;) {
        const Result<bool> more = rows->step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
        const RawRow row = read_raw(*rows);
        VEDETTE_TRY(add_row(row.id, row.time, maker.keys_of(row)));
    }
}

}  // namespace vedette::store
