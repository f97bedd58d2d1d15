// What is still to be told: a small SQLite file beside the event store. Alerts wait in it per
// target until their message was taken, whatever happens to the program meanwhile. Several
// processes may put; of one target only one may send at a time (its owner holds a lock, see
// lock_path()). What an alert looks like is the caller's: the outbox keeps it as text. One object
// per thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

/// News are numbers of the caller's: the smaller is the stronger, but for this one, an alert's end,
/// which replaces whatever waited before it.
inline constexpr std::uint8_t kOutboxEnded = 3;

/// One alert that waits for a target. There is one per alert, and later news replace earlier.
struct OutboxItem {
    std::string alert;  ///< names the alert
    std::uint8_t news = 0;
    std::uint8_t severity = 0;
    Timestamp queued;  ///< when its first news came
    std::string payload;
};

/// What a target was told of an alert last.
struct OutboxTold {
    Timestamp at;
    std::uint8_t severity = 0;
    bool ended = false;
};

/// A message that is being sent: its items wait for its fate.
struct OutboxMessage {
    std::string id;
    Timestamp made;
    std::vector<OutboxItem> items;  ///< most severe first, then oldest
    std::uint64_t dropped = 0;      ///< alerts lost since the last message
};

struct OutboxState {
    std::uint64_t waiting = 0;    ///< items, those of an unfinished message included
    Timestamp oldest;             ///< of them
    bool unfinished = false;      ///< a message was begun whose fate is not known
    std::vector<Timestamp> sent;  ///< messages of the last hour and the newest, oldest first
    Timestamp retry_at;
    unsigned failures = 0;  ///< in a row
    bool asked = false;     ///< somebody wants it sent now
    std::string last_error;
    Timestamp last_error_at;
    std::uint64_t delivered = 0;  ///< messages, ever
    std::uint64_t dropped = 0;    ///< alerts, ever
};

class Outbox {
  public:
    /// Creates the file when absent. Busy when another process holds it for more than a few
    /// seconds.
    [[nodiscard]] static Result<Outbox> open(const std::string& path);
    /// The lock that the sender for `target` holds.
    [[nodiscard]] static std::string lock_path(const std::string& path, const std::string& target);

    // --- what comes in

    [[nodiscard]] Result<std::optional<OutboxTold>> told(const std::string& target,
                                                         const std::string& alert);
    /// The news that wait about an alert, in no message yet.
    [[nodiscard]] Result<std::optional<std::uint8_t>> waiting(const std::string& target,
                                                              const std::string& alert);
    /// Adds or replaces. With more than `limit` waiting, the least severe and oldest goes, counted.
    [[nodiscard]] Result<void> put(const std::string& target, const OutboxItem& item,
                                   std::uint64_t limit);

    // --- what goes out

    [[nodiscard]] Result<OutboxState> state(const std::string& target, Timestamp now);
    /// The unfinished message when there is one, else a new one named `id` of at most `most` items.
    /// It is unfinished from now on. No items: nothing waits, and no message was made.
    [[nodiscard]] Result<OutboxMessage> begin(const std::string& target, const std::string& id,
                                              Timestamp now, std::size_t most);
    /// Takes `alert` out of the message: it must not be told any more.
    [[nodiscard]] Result<void> withdraw(const std::string& target, const std::string& alert);
    /// The message was taken: its items are told.
    [[nodiscard]] Result<void> delivered(const std::string& target, const OutboxMessage& message,
                                         Timestamp now);

    /// What became of a message that was not taken.
    enum class Fate : std::uint8_t {
        NotTaken,  ///< its items wait again, and go with newer ones into the next message
        Rejected,  ///< it never will be: its items are dropped, counted
        Unknown,   ///< it may have been taken: it must be sent again as it is
    };
    [[nodiscard]] Result<void> failed(const std::string& target, Fate fate,
                                      const std::string& error, Timestamp retry_at, Timestamp now);
    /// The message turned out empty: forgets it.
    [[nodiscard]] Result<void> abandon(const std::string& target);
    /// Drops what waits since before `oldest`, counted, and forgets what need not be remembered.
    /// Returns how many alerts were dropped.
    [[nodiscard]] Result<std::uint64_t> expire(const std::string& target, Timestamp oldest,
                                               Timestamp now);
    /// Wants everything of `target` sent at once, whatever its pauses say.
    [[nodiscard]] Result<void> ask(const std::string& target);

  private:
    explicit Outbox(Connection connection) : connection_(std::move(connection)) {}
    /// Statements of one change, all or nothing.
    template <typename Body>
    [[nodiscard]] Result<void> change(const Body& body);
    [[nodiscard]] Result<Statement> statement(std::string_view sql, const std::string& target);
    [[nodiscard]] Result<void> run(std::string_view sql, const std::string& target);
    [[nodiscard]] Result<void> count_drops(const std::string& target, std::int64_t count);
    [[nodiscard]] Result<void> release(const std::string& target);
    [[nodiscard]] Result<void> reject(const std::string& target);
    [[nodiscard]] Result<void> fill(const std::string& target, OutboxMessage& message);

    Connection connection_;
};

}  // namespace vedette::store
