// The policy lists on disk: a small SQLite file beside the event store, written by `resolvers` and
// `clients`, read by running watchers, which notice a change by SQLite's data version. One object
// per thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/policy/baseline_network.hpp"
#include "model/policy/policy_entry.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

class PolicyStore {
  public:
    /// Creates the file when absent.
    [[nodiscard]] static Result<PolicyStore> open(const std::string& path);

    /// Adds an entry, or replaces the one of the same list and subject.
    [[nodiscard]] Result<void> put(const PolicyEntry& entry);
    /// The same for many: all of them or none.
    [[nodiscard]] Result<void> put_all(const std::vector<PolicyEntry>& entries);
    /// Adds proposals; subjects that have an entry keep it.
    [[nodiscard]] Result<void> propose(const std::vector<PolicyEntry>& entries);
    /// NotFound when the list has no such subject.
    [[nodiscard]] Result<void> remove(PolicyList list, const std::string& subject);
    /// Turns every proposal of the list into an authorization; returns how many.
    [[nodiscard]] Result<std::int64_t> accept(PolicyList list, std::string_view by);

    /// Entries of both lists in the order in which they were made, those that ran out included.
    [[nodiscard]] Result<std::vector<PolicyEntry>> entries();
    [[nodiscard]] Result<void> set_mode(PolicyList list, const PolicyMode& mode);
    [[nodiscard]] Result<PolicyModes> modes();

    /// Keeps networks that DHCP told of, in place of what was known of them.
    [[nodiscard]] Result<void> keep_baseline(const std::vector<BaselineNetwork>& networks);
    /// Those seen at `since` or later, oldest first.
    [[nodiscard]] Result<std::vector<BaselineNetwork>> baseline(Timestamp since);

    /// Changes whenever another connection wrote the file. Costs microseconds.
    [[nodiscard]] Result<std::int64_t> data_version();

  private:
    explicit PolicyStore(Connection connection) : connection_(std::move(connection)) {}
    [[nodiscard]] Result<void> insert(const BaselineNetwork& network);
    [[nodiscard]] Result<void> insert(const char* how, const PolicyEntry& entry);
    [[nodiscard]] Result<void> insert_all(const char* how, const std::vector<PolicyEntry>& entries);

    template <typename Row, typename Insert>
    [[nodiscard]] Result<void> in_transaction(const std::vector<Row>& rows, Insert insert);

    Connection connection_;
};

}  // namespace vedette::store
