// The SQLite store behind the contract of event_store.hpp: one file, one writer, any number of
// readers in any process. A writer has a thread of its own that commits at least twice a second;
// append() may be called from one thread. A reader serves one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/event_store.hpp"

namespace vedette::store {

/// What is kept. Zero is no limit. What is dropped goes by whole segments, oldest first: at most a
/// day or 65,536 transactions each.
struct Retention {
    Duration max_age = {};        ///< by the time of events, counted from the newest one stored
    std::uint64_t max_bytes = 0;  ///< of the file
};

struct SqliteWriterOptions {
    std::string path;
    Retention retention = {};
    Duration commit_every = Duration::millis(500);
    Duration retry_every = Duration::seconds(1);  ///< after a full disk
    /// Largest size of the file in bytes, 0 for none: SQLite's max_page_count. Reaching it is a
    /// full disk.
    std::uint64_t hard_limit_bytes = 0;
};

/// Opens or creates a store for writing. Busy, naming the holder, when somebody else writes to it.
[[nodiscard]] Result<std::unique_ptr<EventWriter>> open_sqlite_writer(SqliteWriterOptions options);

/// Opens an existing store for reading, also while another process writes to it.
[[nodiscard]] Result<std::unique_ptr<EventReader>> open_sqlite_reader(const std::string& path);

}  // namespace vedette::store
