// The index of the rows as they are written: gathers keys of the open segment, and when 65,536 rows
// or a day are full, writes its postings and its row of table segments. After a restart or an
// undone transaction the open segment is rebuilt from the rows that are in the file; a file that
// has no postings yet (schema 1) gets them the same way. Not thread safe.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fingerprint.hpp"
#include "store/sqlite/postings.hpp"
#include "store/sqlite/write_job.hpp"

namespace vedette::store {

class SegmentIndex {
  public:
    [[nodiscard]] static Result<SegmentIndex> make(Connection& connection);

    /// Adds the rows of a job that was written in the open transaction.
    [[nodiscard]] Result<void> add(const WriteJob& job);
    /// Starts over from the file: rows behind the last closed segment. Opens no transaction of its
    /// own unless segments become full.
    [[nodiscard]] Result<void> reload();

  private:
    [[nodiscard]] Result<void> add_row(std::int64_t row, std::int64_t time, const RowKeys& keys);
    [[nodiscard]] Result<void> close_segment();

    Connection* connection_ = nullptr;
    Statement insert_posting_;
    Statement insert_segment_;
    PostingBuilder builder_;
    std::int64_t next_segment_ = 1;
    std::int64_t first_row_ = 0;
    std::int64_t last_row_ = 0;
    std::int64_t min_time_ = 0;
    std::int64_t max_time_ = 0;
    std::int64_t disorder_ = 0;  // most that a row is older than one before it, ns
};

}  // namespace vedette::store
