// What a writer finds when it opens a store: connection settings, and the dictionaries loaded back
// into memory, so that a name stored by the last run keeps its id. Used from one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/event_encoder.hpp"

namespace vedette::store {

/// Opens (or creates) and upgrades a store for writing: WAL, pages of 8 KiB, no zeroing of what is
/// deleted, a bounded cache.
[[nodiscard]] Result<Connection> open_for_writing(const std::string& path);

/// Opens an existing store for reading, also where the folder cannot be written.
[[nodiscard]] Result<Connection> open_for_reading(const std::string& path);

/// An encoder that goes on where the file ends. Loads the newest kSeedEntries of each dictionary,
/// and the names that the last kSeedRows rows asked for, however old.
inline constexpr std::int64_t kSeedEntries = 131'072;
inline constexpr std::int64_t kSeedRows = 200'000;
[[nodiscard]] Result<std::unique_ptr<EventEncoder>> load_encoder(Connection& connection);

}  // namespace vedette::store
