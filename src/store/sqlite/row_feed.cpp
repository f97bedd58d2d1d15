#include "store/sqlite/row_feed.hpp"

#include <sqlite3.h>

#include <memory>

namespace vedette::store {

struct RowFeed::Source {
    const WriteJob* job = nullptr;
};

namespace {

constexpr const char* kDeclaration =
    "CREATE TABLE row_feed(time, client, server, ports, name, type, form, latency, sizes, answers, "
    "ttl)";
#define VEDETTE_FEED_COLUMNS \
    "time, client, server, ports, name, type, form, latency, sizes, answers, ttl"

struct Table {
    sqlite3_vtab base;
    const WriteJob* const* job;
};

struct Cursor {
    sqlite3_vtab_cursor base;
    const WriteJob* job;
    std::size_t index;
};

Cursor& cursor_of(sqlite3_vtab_cursor* cursor) noexcept {
    return *reinterpret_cast<Cursor*>(cursor);
}

int connect(sqlite3* db, void* source, int, const char* const*, sqlite3_vtab** out, char**) {
    const int code = sqlite3_declare_vtab(db, kDeclaration);
    if (code != SQLITE_OK) return code;
    auto table = std::make_unique<Table>();
    table->job = static_cast<const WriteJob* const*>(source);
    *out = &table.release()->base;  // comes back in disconnect()
    return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
    const std::unique_ptr<Table> owned(reinterpret_cast<Table*>(table));
    return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info* info) {
    info->estimatedCost = 1;
    return SQLITE_OK;
}

int open_cursor(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
    auto cursor = std::make_unique<Cursor>();
    cursor->job = *reinterpret_cast<Table*>(table)->job;
    *out = &cursor.release()->base;  // comes back in close_cursor()
    return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    const std::unique_ptr<Cursor> owned(&cursor_of(cursor));
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    cursor_of(cursor).index = 0;
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
    ++cursor_of(cursor).index;
    return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* cursor) {
    const Cursor& at = cursor_of(cursor);
    return at.job == nullptr || at.index >= at.job->rows.size() ? 1 : 0;
}

void give_id(sqlite3_context* context, std::uint32_t id) {
    if (id == 0) {
        sqlite3_result_null(context);
    } else {
        sqlite3_result_int64(context, id);
    }
}

void give_ttl(sqlite3_context* context, const WriteJob& job, const DnsRow& row) {
    if (row.answers == 0) {
        sqlite3_result_null(context);
    } else if (row.ttls.empty()) {
        sqlite3_result_int64(context, row.ttl);
    } else {
        const std::string_view text = job.bytes.text(row.ttls);
        sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
    const Cursor& at = cursor_of(cursor);
    const DnsRow& row = at.job->rows[at.index];
    switch (index) {
        case 0:
            sqlite3_result_int64(context, row.time);
            break;
        case 1:
            sqlite3_result_int64(context, row.client);
            break;
        case 2:
            sqlite3_result_int64(context, row.server);
            break;
        case 3:
            sqlite3_result_int64(context, row.ports);
            break;
        case 4:
            give_id(context, row.name);
            break;
        case 5:
            sqlite3_result_int64(context, row.type);
            break;
        case 6:
            sqlite3_result_int64(context, row.form);
            break;
        case 7:
            if (row.latency == DnsRow::kNoLatency) {
                sqlite3_result_null(context);
            } else {
                sqlite3_result_int64(context, row.latency);
            }
            break;
        case 8:
            sqlite3_result_int64(context, row.sizes);
            break;
        case 9:
            give_id(context, row.answers);
            break;
        default:
            give_ttl(context, *at.job, row);
            break;
    }
    return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    const Cursor& at = cursor_of(cursor);
    *id = at.job->first_row + static_cast<std::int64_t>(at.index);
    return SQLITE_OK;
}

/// Eponymous: usable without CREATE VIRTUAL TABLE, so nothing of it is in the file.
constexpr sqlite3_module make_module() {
    sqlite3_module module{};
    module.xConnect = connect;
    module.xBestIndex = best_index;
    module.xDisconnect = disconnect;
    module.xOpen = open_cursor;
    module.xClose = close_cursor;
    module.xFilter = filter;
    module.xNext = next;
    module.xEof = at_end;
    module.xColumn = column;
    module.xRowid = row_id;
    return module;
}
constexpr sqlite3_module kModule = make_module();

}  // namespace

RowFeed::RowFeed() : source_(std::make_unique<Source>()) {}
RowFeed::~RowFeed() = default;
RowFeed::RowFeed(RowFeed&&) noexcept = default;
RowFeed& RowFeed::operator=(RowFeed&&) noexcept = default;

Result<void> RowFeed::attach(Connection& connection) {
    const int code =
        sqlite3_create_module(connection.handle(), "row_feed", &kModule, &source_->job);
    if (code != SQLITE_OK) return std::unexpected(sqlite_error(connection.handle()));
    auto append =
        connection.prepare("INSERT INTO dns SELECT NULL, " VEDETTE_FEED_COLUMNS " FROM row_feed");
    if (!append) return std::unexpected(std::move(append).error());
    auto numbered =
        connection.prepare("INSERT INTO dns SELECT rowid, " VEDETTE_FEED_COLUMNS " FROM row_feed");
    if (!numbered) return std::unexpected(std::move(numbered).error());
    append_ = std::move(*append);
    numbered_ = std::move(*numbered);
    return {};
}

Result<void> RowFeed::insert(const WriteJob& job) {
    if (job.rows.empty()) return {};
    source_->job = &job;
    Statement& statement = next_row_ == job.first_row ? append_ : numbered_;
    Result<void> done = statement.run();
    source_->job = nullptr;
    next_row_ = done ? job.first_row + static_cast<std::int64_t>(job.rows.size()) : 0;
    return done;
}

void RowFeed::forget_position() noexcept {
    next_row_ = 0;
}

}  // namespace vedette::store
