// A SQLite connection and its prepared statements as owning values. Failures come back as Result
// with SQLite's own words; nothing of sqlite3.h is needed to use them. A connection serves one
// thread at a time (opened without SQLite's mutexes); statements must not outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace vedette::store {

/// How a file is opened.
enum class OpenMode : std::uint8_t {
    ReadWrite,  ///< created when absent
    ReadOnly,   ///< must exist; another process may be writing
    Immutable,  ///< must exist; nobody writes and its folder may be read-only
};

/// One prepared statement. Columns and parameters are SQLite's: columns from 0, parameters from 1.
class Statement {
  public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* handle) noexcept : handle_(handle) {}

    void bind(int parameter, std::int64_t value) noexcept;
    /// The bytes must stay until the statement is stepped and reset.
    void bind(int parameter, std::string_view text) noexcept;
    void bind_blob(int parameter, ByteView bytes) noexcept;
    void bind_null(int parameter) noexcept;

    /// True when a row is there, false at the end (the statement is then reset).
    [[nodiscard]] Result<bool> step();
    /// Steps to the end and resets; for statements without rows.
    [[nodiscard]] Result<void> run();
    void reset() noexcept;

    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] bool is_null(int column) const noexcept;
    [[nodiscard]] bool is_blob(int column) const noexcept;
    /// Valid until the next step or reset.
    [[nodiscard]] std::string_view text(int column) const noexcept;
    [[nodiscard]] ByteView blob(int column) const noexcept;
    [[nodiscard]] explicit operator bool() const noexcept { return handle_ != nullptr; }

  private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    [[nodiscard]] Error last_error() const;

    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Connection {
  public:
    Connection() = default;
    [[nodiscard]] static Result<Connection> open(const std::string& path, OpenMode mode);

    /// A database that lives as long as the connection and touches no file.
    [[nodiscard]] static Result<Connection> in_memory();

    /// Runs one or several statements that return nothing of interest.
    [[nodiscard]] Result<void> execute(const char* sql);
    [[nodiscard]] Result<void> execute(const std::string& sql) { return execute(sql.c_str()); }
    [[nodiscard]] Result<Statement> prepare(std::string_view sql);
    /// The first column of the first row, 0 when there is none.
    [[nodiscard]] Result<std::int64_t> query_integer(std::string_view sql);
    [[nodiscard]] Result<std::string> query_text(std::string_view sql);

    /// Whether a transaction is open.
    [[nodiscard]] bool in_transaction() const noexcept;
    /// Rows changed by the last statement.
    [[nodiscard]] std::int64_t changes() const noexcept;
    [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return handle_ != nullptr; }

  private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

/// The last failure of a connection by its cause: a full disk is NoSpace whatever call met it.
[[nodiscard]] Error sqlite_error(sqlite3* handle);

}  // namespace vedette::store
