// Runs a LogQuery: by time, part after part and no further than the limit needs; or by another
// column, over every match. Lives for one query inside one read transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/log_query.hpp"
#include "store/sqlite/catalog.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fingerprint.hpp"
#include "store/sqlite/log_rows.hpp"
#include "store/sqlite/query_plan.hpp"
#include "store/sqlite/row_filter.hpp"
#include "store/sqlite/row_scan.hpp"

namespace vedette::store {

/// Tells the matches of `query` in its order.
[[nodiscard]] Result<void> run_log_query(Connection& connection, const Fingerprinter& print,
                                         const LogQuery& query, const LogVisitor& visit);

/// A stream of the DHCP rows that a filter accepts, in the order of time.
class DhcpStream {
  public:
    [[nodiscard]] static Result<DhcpStream> make(Connection& connection, const QueryPlan& plan,
                                                 const Filter& filter, bool newest_first);
    /// The next row, or null at the end. Stays until pop().
    [[nodiscard]] Result<const LogRow*> peek();
    void pop() noexcept { loaded_ = false; }

  private:
    Statement statement_;
    const Filter* filter_ = nullptr;
    LogRow row_;
    bool loaded_ = false;
    bool ended_ = false;
};

}  // namespace vedette::store
