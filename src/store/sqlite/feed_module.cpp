#include "store/sqlite/feed_module.hpp"

#include <sqlite3.h>

#include <memory>

namespace vedette::store {
namespace {

struct Table {
    sqlite3_vtab base;
    const FeedSource* source;
};

struct Cursor {
    sqlite3_vtab_cursor base;
    const FeedSource* source;
    std::size_t index;
    std::size_t count;
};

Cursor& cursor_of(sqlite3_vtab_cursor* cursor) noexcept {
    return *reinterpret_cast<Cursor*>(cursor);
}

int connect(sqlite3* db, void* source, int, const char* const*, sqlite3_vtab** out, char**) {
    const auto* feed_source = static_cast<const FeedSource*>(source);
    const int code = sqlite3_declare_vtab(db, feed_source->feed->declaration);
    if (code != SQLITE_OK) return code;
    auto table = std::make_unique<Table>();
    table->source = feed_source;
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
    cursor->source = reinterpret_cast<Table*>(table)->source;
    *out = &cursor.release()->base;  // comes back in close_cursor()
    return SQLITE_OK;
}

int close_cursor(sqlite3_vtab_cursor* cursor) {
    const std::unique_ptr<Cursor> owned(&cursor_of(cursor));
    return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    Cursor& at = cursor_of(cursor);
    at.index = 0;
    at.count = at.source->job == nullptr ? 0 : at.source->feed->count(*at.source->job);
    return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* cursor) {
    ++cursor_of(cursor).index;
    return SQLITE_OK;
}

int at_end(sqlite3_vtab_cursor* cursor) {
    const Cursor& at = cursor_of(cursor);
    return at.index >= at.count ? 1 : 0;
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int index) {
    const Cursor& at = cursor_of(cursor);
    at.source->feed->give(context, *at.source->job, at.index, index);
    return SQLITE_OK;
}

int row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    const Cursor& at = cursor_of(cursor);
    *id = at.source->job->first_row + static_cast<std::int64_t>(at.index);
    return SQLITE_OK;
}

/// Without xCreate the module is eponymous: usable as it is.
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

Result<void> register_feed(Connection& connection, FeedSource& source) {
    const int code =
        sqlite3_create_module(connection.handle(), source.feed->module, &kModule, &source);
    if (code == SQLITE_OK) return {};
    return std::unexpected(sqlite_error(connection.handle()));
}

}  // namespace vedette::store
