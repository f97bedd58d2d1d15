// The book of alerts, a small SQLite file beside the event store: several processes may write it,
// so that `vedette alerts ack` works while a capture runs. Findings about one subject are one
// alert; a subject that comes back within the cool-down continues its alert. One object per thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "model/alert.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

struct AlertQuery {
    bool open_only = false;
    Severity least = Severity::Info;
    std::optional<FindingKind> kind;
    Timestamp since;            ///< kNever: all
    std::uint32_t limit = 100;  ///< 0 is all
};

class AlertBook {
  public:
    /// Creates the file when absent. Busy when another process holds it for more than a few
    /// seconds.
    [[nodiscard]] static Result<AlertBook> open(const std::string& path);

    /// A book that lives as long as the object, for runs that store nothing.
    [[nodiscard]] static Result<AlertBook> in_memory();

    /// Writes a finding down. Times are the events' own, so a capture gives the same alerts always.
    [[nodiscard]] Result<std::pair<std::int64_t, AlertChange>> record(const Finding& finding);

    /// Newest first.
    [[nodiscard]] Result<std::vector<Alert>> list(const AlertQuery& query);
    /// NotFound names the id.
    [[nodiscard]] Result<Alert> get(std::int64_t id);
    [[nodiscard]] Result<void> acknowledge(std::int64_t id, const std::string& by);

    /// Keeps packets with an alert, unless it has some already.
    [[nodiscard]] Result<void> keep_evidence(std::int64_t id,
                                             const std::vector<EvidencePacket>& packets);
    /// In the order of capture; empty when none were kept.
    [[nodiscard]] Result<std::vector<EvidencePacket>> evidence(std::int64_t id);

    /// Ends open alerts of which nothing was heard since `before`: their watcher is gone. Returns
    /// how many.
    [[nodiscard]] Result<std::int64_t> end_stale(Timestamp before);
    /// Deletes alerts last seen before `before`, with their packets, and mutes that are over.
    [[nodiscard]] Result<void> prune(Timestamp before);

    /// Adds a mute and returns its id; `id` of the argument is not used.
    [[nodiscard]] Result<std::int64_t> add_mute(const Mute& mute);
    [[nodiscard]] Result<void> remove_mute(std::int64_t id);
    [[nodiscard]] Result<std::vector<Mute>> mutes(Timestamp now);

  private:
    [[nodiscard]] static Result<AlertBook> prepare(Connection connection, const std::string& path);
    explicit AlertBook(Connection connection) : connection_(std::move(connection)) {}
    [[nodiscard]] Result<bool> is_muted(const Finding& finding);
    [[nodiscard]] Result<std::pair<std::int64_t, AlertChange>> write(const Finding& finding);
    [[nodiscard]] Result<std::int64_t> insert(const Finding& finding, AlertState state, bool muted);

    Connection connection_;
};

}  // namespace vedette::store
