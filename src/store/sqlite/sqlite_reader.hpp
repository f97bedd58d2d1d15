// Answers queries from a store file. Each query sees one moment of the file, whatever a writer does
// meanwhile, and keeps nothing afterwards. Not thread safe.
#pragma once

#include <memory>
#include <string>

#include "store/event_store.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/fingerprint.hpp"

namespace vedette::store {

class SqliteReader final : public EventReader {
  public:
    [[nodiscard]] static Result<std::unique_ptr<EventReader>> open(const std::string& path);
    /// For open().
    SqliteReader(Connection connection, Fingerprinter print, std::string path)
        : connection_(std::move(connection)), print_(print), path_(std::move(path)) {}

    [[nodiscard]] Result<void> logs(const LogQuery& query, const LogVisitor& visit) override;
    [[nodiscard]] Result<std::vector<ClientRow>> clients(const Filter& filter) override;
    [[nodiscard]] Result<std::vector<LeaseRow>> leases(const Filter& filter) override;
    [[nodiscard]] Result<std::vector<TopRow>> top(TopKind kind, const Filter& filter,
                                                  std::uint32_t limit) override;
    [[nodiscard]] Result<StoreStatistics> statistics() override;

  private:
    /// Runs `body` inside one read transaction.
    template <typename Body>
    [[nodiscard]] auto in_snapshot(Body body) -> decltype(body());

    Connection connection_;
    Fingerprinter print_;
    std::string path_;
};

}  // namespace vedette::store
