// Finds the rows of table dns that a filter accepts, part by part: the open tail and the segments,
// each with the span of times it can hold. The caller decides the order of parts and when it has
// seen enough. Lives for one query.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/postings.hpp"
#include "store/sqlite/query_plan.hpp"
#include "store/sqlite/row_filter.hpp"

namespace vedette::store {

/// Consecutive rows: a closed segment, or (segment 0) the rows behind the last one.
struct ScanPart {
    std::int64_t segment = 0;
    std::int64_t first_row = 0;
    std::int64_t last_row = 0;
    std::int64_t min_time = 0;
    std::int64_t max_time = 0;
    std::int64_t disorder = 0;  ///< most that a row is older than one before it, ns
};

enum class Direction : std::uint8_t { Forward, Backward };

class RowScan {
  public:
    /// Called per accepted row; returning false ends this part.
    using Visit = std::function<bool(const RawRow&)>;

    [[nodiscard]] static Result<RowScan> make(Connection& connection, const QueryPlan& plan,
                                              RowFilter& filter);

    /// Every part that can hold matches, in no particular order.
    [[nodiscard]] const std::vector<ScanPart>& parts() const noexcept { return parts_; }
    /// Visits the accepted rows of a part in the order of their ids.
    [[nodiscard]] Result<void> scan(const ScanPart& part, Direction direction, const Visit& visit);

  private:
    [[nodiscard]] Result<void> load_parts();
    [[nodiscard]] Result<void> find_rows(const ScanPart& part, RowSet& rows);
    [[nodiscard]] Result<void> add_keys(std::int64_t segment, const KeySet& set, RowSet& rows);
    [[nodiscard]] Result<void> add_key(std::int64_t segment, const KeySet& set, std::size_t index,
                                       RowSet& rows);
    [[nodiscard]] Result<void> scan_range(const ScanPart& part, const RowSet* rows,
                                          Direction direction, const Visit& visit);
    [[nodiscard]] Result<void> scan_rows(const ScanPart& part, const RowSet& rows,
                                         Direction direction, const Visit& visit);
    /// False when the visitor has had enough.
    [[nodiscard]] bool offer(const RawRow& row, const Visit& visit);

    Connection* connection_ = nullptr;
    const QueryPlan* plan_ = nullptr;
    RowFilter* filter_ = nullptr;
    Statement forward_;
    Statement backward_;
    Statement single_;
    Statement chunk_;
    Statement chunks_;
    std::vector<ScanPart> parts_;
};

}  // namespace vedette::store
