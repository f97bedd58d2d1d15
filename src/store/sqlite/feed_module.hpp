// A table-valued source inside SQLite (an eponymous virtual table) that reads a WriteJob through
// two functions. Nothing of it is in the file. Used by row_feed.cpp.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/write_job.hpp"

struct sqlite3_context;

namespace vedette::store {

/// What SQLite is told of a source, and how a job answers.
struct Feed {
    const char* module;       ///< the source's name in SQL
    const char* declaration;  ///< CREATE TABLE with its columns
    const char* insert;       ///< the statement that reads it
    std::size_t (*count)(const WriteJob& job);
    void (*give)(sqlite3_context* context, const WriteJob& job, std::size_t index, int column);
};

/// A source and the job it reads now. Must outlive the connection it is registered with.
struct FeedSource {
    const Feed* feed = nullptr;
    const WriteJob* job = nullptr;  ///< null between statements: the source is then empty
};

/// The rowid of an element is the job's first_row plus its index.
[[nodiscard]] Result<void> register_feed(Connection& connection, FeedSource& source);

}  // namespace vedette::store
