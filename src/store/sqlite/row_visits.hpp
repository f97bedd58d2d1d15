// Walks over rows of statements and over the DNS rows a filter accepts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "model/filter.hpp"
#include "store/sqlite/catalog.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fingerprint.hpp"
#include "store/sqlite/row_filter.hpp"

namespace vedette::store {

using RowVisit = std::function<void(Statement&)>;

/// Steps the statement to its end.
[[nodiscard]] Result<void> each_row(Statement& statement, const RowVisit& visit);
[[nodiscard]] Result<void> each_row(Connection& connection, const std::string& sql,
                                    const RowVisit& visit);

using MatchVisit = std::function<void(Catalog&, const RawRow&)>;

/// Every DNS row behind `after_row` that the filter accepts, in no particular order.
[[nodiscard]] Result<void> each_match(Connection& connection, const Fingerprinter& print,
                                      const Filter& filter, std::int64_t after_row,
                                      const MatchVisit& visit);

}  // namespace vedette::store
