// Delivers what waits for one target: decides when, makes the digest, hands it to the channel, and
// writes down what became of it. step() does what is due and says when to look again; whose thread
// calls it is the notifier's business. One thread; owns its connection to the outbox.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "notify/channel.hpp"
#include "service/notifier/target.hpp"
#include "store/sqlite/outbox/outbox.hpp"
#include "sys/file/append_file.hpp"

namespace vedette::service {

class Courier {
  public:
    struct Terms {
        std::string outbox;  ///< path
        std::string host;
        const std::atomic<bool>* cancelled = nullptr;
        /// Whether an alert is still to be told: it may have been acknowledged or muted since.
        std::function<bool(const Alert&)> still_wanted;
        /// Hears what a person should know, one line each.
        std::function<void(std::string)> say;
        std::uint32_t seed = 0;  ///< of message ids and pauses
    };

    /// `target` must outlive it.
    [[nodiscard]] static Result<Courier> make(const Target& target, Terms terms);

    enum class Hurry : std::uint8_t {
        No,
        Yes,  ///< whatever waits goes now: no grouping, no pause, no limit
    };
    /// Sends at most one message, if one is due. Returns when to call again at the latest.
    [[nodiscard]] Result<Timestamp> step(Timestamp now, Hurry hurry = Hurry::No);
    /// Of the last attempt that step() made; nothing when there was none yet.
    [[nodiscard]] const std::optional<notify::Outcome>& last() const noexcept { return last_; }
    /// Whether another process sends for this target.
    [[nodiscard]] bool locked_out() const noexcept { return !lock_.has_value(); }
    [[nodiscard]] store::Outbox& outbox() noexcept { return outbox_; }

  private:
    Courier(const Target& target, Terms terms, store::Outbox outbox);

    [[nodiscard]] Timestamp due(const store::OutboxState& state, Timestamp now) const;
    [[nodiscard]] Result<notify::Digest> make_digest(const store::OutboxMessage& message,
                                                     bool is_new);
    [[nodiscard]] Result<void> send(const store::OutboxMessage& message,
                                    const notify::Digest& digest, unsigned failures);
    [[nodiscard]] Result<void> write_failure(const notify::Outcome& outcome, unsigned failures);
    [[nodiscard]] std::string new_id(Timestamp now);
    void say(std::string text) const;

    const Target* target_;
    Terms terms_;
    store::Outbox outbox_;
    std::optional<sys::FileLock> lock_;
    std::optional<notify::Outcome> last_;
    std::mt19937 random_;
    SystemClock clock_;
    Timestamp now_;
};

}  // namespace vedette::service
