#include "store/sqlite/connection.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vedette::store {
namespace {

/// How long a reader waits for the short moments in which a writer excludes it.
constexpr int kBusyTimeoutMs = 5'000;

bool is_no_space(int code, int system_error) noexcept {
    if (code == SQLITE_FULL) return true;
    return code == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT);
}

ErrorKind kind_of(int code, int system_error) noexcept {
    if (is_no_space(code, system_error)) return ErrorKind::NoSpace;
    if (system_error == EACCES || system_error == EPERM || system_error == EROFS) {
        return ErrorKind::Permission;
    }
    switch (code) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorKind::Busy;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH:
            return ErrorKind::Permission;
        case SQLITE_CANTOPEN:
            return ErrorKind::NotFound;
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return ErrorKind::InvalidInput;
        default:
            return ErrorKind::Failed;
    }
}

/// A file name as an SQLite URI: everything that could end the path is escaped.
std::string uri_of(const std::string& path, const char* parameters) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '?') {
            uri += "%3f";
        } else if (c == '#') {
            uri += "%23";
        } else if (c == '%') {
            uri += "%25";
        } else {
            uri += c;
        }
    }
    return uri + parameters;
}

/// SQLite would let everybody read a new file; who asked for what is not everybody's to know. Its
/// -wal and -shm files take the permissions of the database. What goes wrong here, SQLite reports.
/// Only a file that is not there yet may be opened: closing a descriptor of a file takes away every
/// lock that this process has on it, those of its other connections too (fcntl(2)).
void keep_private(const std::string& path) {
    const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (made >= 0) ::close(made);
}

}  // namespace

Error sqlite_error(sqlite3* handle) {
    const int code = sqlite3_errcode(handle) & 0xff;
    const int system_error =
        code == SQLITE_CANTOPEN || code == SQLITE_IOERR ? sqlite3_system_errno(handle) : 0;
    std::string text = sqlite3_errmsg(handle);
    if (system_error != 0) text.append(" (").append(std::strerror(system_error)).append(")");
    return {kind_of(code, system_error), std::move(text)};
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
    sqlite3_finalize(statement);
}

void Statement::bind(int parameter, std::int64_t value) noexcept {
    sqlite3_bind_int64(handle_.get(), parameter, value);
}

void Statement::bind(int parameter, std::string_view text) noexcept {
    sqlite3_bind_text64(handle_.get(), parameter, text.data() == nullptr ? "" : text.data(),
                        text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind_blob(int parameter, ByteView bytes) noexcept {
    if (bytes.empty()) {
        sqlite3_bind_zeroblob(handle_.get(), parameter, 0);
    } else {
        sqlite3_bind_blob64(handle_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
    }
}

void Statement::bind_null(int parameter) noexcept {
    sqlite3_bind_null(handle_.get(), parameter);
}

Error Statement::last_error() const {
    return sqlite_error(sqlite3_db_handle(handle_.get()));
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(handle_.get());
        return false;
    }
    Error error = last_error();
    sqlite3_reset(handle_.get());
    return std::unexpected(std::move(error));
}

Result<void> Statement::run() {
    for (;;) {
        const Result<bool> more = step();
        if (!more) return std::unexpected(more.error());
        if (!*more) return {};
    }
}

void Statement::reset() noexcept {
    sqlite3_reset(handle_.get());
}

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(handle_.get(), column);
}

bool Statement::is_null(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

bool Statement::is_blob(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_BLOB;
}

std::string_view Statement::text(int column) const noexcept {
    const auto* bytes = sqlite3_column_text(handle_.get(), column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

ByteView Statement::blob(int column) const noexcept {
    const void* bytes = sqlite3_column_blob(handle_.get(), column);
    if (bytes == nullptr) return {};
    return {static_cast<const std::uint8_t*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

void Connection::Close::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

Result<Connection> Connection::open(const std::string& path, OpenMode mode) {
    const bool writes = mode == OpenMode::ReadWrite;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI |
                      (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    if (writes) keep_private(path);
    const std::string uri = uri_of(path, mode == OpenMode::Immutable ? "?immutable=1" : "");
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
    Connection connection;
    connection.handle_.reset(handle);
    if (code != SQLITE_OK) return fail(sqlite_error(handle), path);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    return connection;
}

Result<Connection> Connection::in_memory() {
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(":memory:", &handle,
                        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    Connection connection;
    connection.handle_.reset(handle);
    if (code != SQLITE_OK) return std::unexpected(sqlite_error(handle));
    return connection;
}

Result<void> Connection::execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
    return std::unexpected(sqlite_error(handle_.get()));
}

Result<Statement> Connection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(sqlite_error(handle_.get()));
    return Statement(statement);
}

Result<std::int64_t> Connection::query_integer(std::string_view sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    const Result<bool> row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

Result<std::string> Connection::query_text(std::string_view sql) {
    Result<Statement> statement = prepare(sql);
    if (!statement) return std::unexpected(std::move(statement).error());
    const Result<bool> row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? std::string(statement->text(0)) : std::string();
}

bool Connection::in_transaction() const noexcept {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

std::int64_t Connection::changes() const noexcept {
    return sqlite3_changes64(handle_.get());
}

}  // namespace vedette::store
