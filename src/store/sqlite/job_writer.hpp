// Jobs -> tables: the prepared statements of the storage thread. Knows nothing of transactions,
// threads or full disks; those are SqliteWriter's. Serves one thread; must not outlive the
// connection.
#pragma once

#include <array>
#include <span>

#include "base/result.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/row_feed.hpp"
#include "store/sqlite/write_job.hpp"

namespace vedette::store {

class JobWriter {
  public:
    [[nodiscard]] static Result<JobWriter> make(Connection& connection);

    /// Writes everything of the job but its clients; inside the caller's transaction.
    [[nodiscard]] Result<void> write(const WriteJob& job);
    /// Adds to table clients; called once per commit with the sum of its jobs.
    [[nodiscard]] Result<void> write_clients(std::span<const ClientChange> changes);
    /// The transaction was undone.
    void forget_position() noexcept { feed_.forget_position(); }

  private:
    /// Indexes of statements_.
    enum Slot : std::uint8_t {
        Vendors,
        Hosts,
        Servers,
        Forms,
        Extras,
        Clients,
        ClientHosts,
        ClientAddresses,
        Dhcp,
        Leases,
        Neighbours,
        Anomalies,
        Streams,
        SlotCount,
    };

    [[nodiscard]] Result<void> write_hosts(const WriteJob& job);
    [[nodiscard]] Result<void> write_forms(const WriteJob& job);
    [[nodiscard]] Result<void> write_extras(const WriteJob& job);
    [[nodiscard]] Result<void> write_traits(const WriteJob& job);
    [[nodiscard]] Result<void> write_dhcp(const WriteJob& job);
    [[nodiscard]] Result<void> write_leases(const WriteJob& job);
    [[nodiscard]] Result<void> write_sightings(const WriteJob& job);
    [[nodiscard]] Result<void> write_origin(const WriteJob& job);

    RowFeed feed_;
    std::array<Statement, SlotCount> statements_;
};

}  // namespace vedette::store
