// Rows as they are shown: from a row id of table dns, or a row of table dhcp, to a LogRow. Lives
// for one query.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "model/log_query.hpp"
#include "store/sqlite/catalog.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

/// DHCP rows have negative numbers in LogRow::row, so that the two kinds never share one.
[[nodiscard]] constexpr std::int64_t dhcp_row_number(std::int64_t id) noexcept {
    return -id;
}

class LogRows {
  public:
    [[nodiscard]] static Result<LogRows> make(Connection& connection, Catalog& catalog);

    /// Empty (row 0) when the row is gone.
    [[nodiscard]] Result<LogRow> dns(std::int64_t id);

  private:
    [[nodiscard]] Result<void> add_extra(std::int64_t id, LogRow& row);

    Catalog* catalog_ = nullptr;
    Statement row_;
    Statement extra_;
};

/// Columns of table dhcp in the order read_dhcp() expects.
extern const char* const kDhcpColumns;
[[nodiscard]] LogRow read_dhcp(const Statement& row);

}  // namespace vedette::store
