// The tables of a store file, versioned. docs/formats/store.md describes them for people; this is
// the one place that makes them. Every version is reached by the steps before it, so a fresh file
// and an old one go the same way.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

/// Version of the newest step; PRAGMA user_version of a file says which it has.
inline constexpr int kSchemaVersion = 4;
/// PRAGMA application_id: "VDTT".
inline constexpr std::int32_t kApplicationId = 0x56445454;

/// Makes or upgrades the tables, each step in a transaction. Refuses files that are not stores and
/// stores of a newer version.
[[nodiscard]] Result<void> migrate(Connection& connection);
/// The same up to `version`, for tests of the steps in between.
[[nodiscard]] Result<void> migrate_to(Connection& connection, int version);
/// For readers: whether the file is a store that this program can read as it is.
[[nodiscard]] Result<void> check_schema(Connection& connection);

/// How many rows there are, which are numbered without gaps. SQLite finds the one end or the other
/// in the index when a query asks for one; asked for both at once it walks the whole table.
inline constexpr const char* kRowCountQuery =
    "SELECT coalesce((SELECT max(id) FROM dns) - (SELECT min(id) FROM dns) + 1, 0)";

/// Values of table meta.
[[nodiscard]] Result<std::int64_t> read_meta(Connection& connection, std::string_view key);
[[nodiscard]] Result<void> write_meta(Connection& connection, std::string_view key,
                                      std::int64_t value);

}  // namespace vedette::store
