// Drops what is older or more than the store may keep: whole segments, oldest first, a bounded
// number of rows at a time and inside the writer's own transactions, so that ingest never waits for
// a day to be deleted. Freed pages are used again; when the file is larger than its limit they are
// given back to the disk a few at a time. Not thread safe.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace vedette::store {

class Retainer {
  public:
    [[nodiscard]] static Result<Retainer> make(Connection& connection, const Retention& retention);

    /// The newest time of what was written; ages count from there, but never from the future.
    void note_time(std::int64_t time) noexcept;
    /// Deletes at most about `row_budget` rows of what is to go. In the caller's transaction.
    [[nodiscard]] Result<void> step(std::int64_t row_budget);
    /// Rows deleted since the last call.
    [[nodiscard]] std::int64_t take_dropped() noexcept;
    /// The transaction was undone: what was being deleted is looked for again.
    void start_over() noexcept;

  private:
    struct Going {
        std::int64_t segment = 0;
        std::int64_t next_row = 0;
        std::int64_t last_row = 0;
        std::int64_t max_time = 0;
    };

    [[nodiscard]] Result<void> pick();
    [[nodiscard]] Result<void> pick_first(const char* sql, std::int64_t bound);
    [[nodiscard]] Result<bool> is_too_large();
    [[nodiscard]] Result<void> drop_rows(std::int64_t& row_budget);
    [[nodiscard]] Result<void> drop_segment();
    [[nodiscard]] Result<void> drop_older(std::int64_t time);
    [[nodiscard]] Result<void> give_back_pages();

    Connection* connection_ = nullptr;
    Retention retention_;
    std::int64_t page_bytes_ = 0;
    std::int64_t newest_ = 0;
    std::int64_t dropped_ = 0;
    std::optional<Going> going_;
};

}  // namespace vedette::store
