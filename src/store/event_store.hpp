// The two halves of a store. A writer takes whole batches from one thread; readers answer the
// queries of the command line and the API, from any process, while a writer works. SQLite
// implements it today; a ClickHouse store implements the same two classes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "model/event_batch.hpp"
#include "model/log_query.hpp"

namespace vedette::store {

/// What became of appended events; cumulative.
struct WriterStatistics {
    std::uint64_t transactions = 0;
    std::uint64_t dhcp_messages = 0;
    std::uint64_t not_stored = 0;  ///< lost because the disk was full, counted
    std::uint64_t commits = 0;
};

class EventWriter {
  public:
    virtual ~EventWriter() = default;
    /// Appends every event of the batch. Durable at the latest one second later, or after flush().
    /// A full disk is not an error: events are counted in not_stored and writing resumes when
    /// there is room (degraded() tells).
    [[nodiscard]] virtual Result<void> append(const EventBatch& batch) = 0;
    /// Makes everything appended durable and visible to readers.
    [[nodiscard]] virtual Result<void> flush() = 0;
    [[nodiscard]] virtual WriterStatistics statistics() const noexcept = 0;
    /// Whether the last write failed for lack of space.
    [[nodiscard]] virtual bool degraded() const noexcept = 0;
};

class EventReader {
  public:
    virtual ~EventReader() = default;
    [[nodiscard]] virtual Result<void> logs(const LogQuery& query, const LogVisitor& visit) = 0;
    [[nodiscard]] virtual Result<std::vector<ClientRow>> clients(const Filter& filter) = 0;
    [[nodiscard]] virtual Result<std::vector<LeaseRow>> leases(const Filter& filter) = 0;
    [[nodiscard]] virtual Result<std::vector<TopRow>> top(TopKind kind, const Filter& filter,
                                                          std::uint32_t limit) = 0;
    [[nodiscard]] virtual Result<StoreStatistics> statistics() = 0;
};

}  // namespace vedette::store
