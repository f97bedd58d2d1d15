// Alerts on their way out. on_alert() writes what is news to a target into the outbox and returns;
// a thread per target delivers, so that a slow one holds up nobody: not the capture, not the store,
// not the others. What is not delivered when it ends is delivered by the next one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/alert.hpp"
#include "service/notifier/target.hpp"

namespace vedette::service {

class Notifier {
  public:
    struct Settings {
        std::vector<Target> targets;  ///< those that are not enabled are passed over
        std::string outbox;           ///< path; its folder must exist
        std::string alerts;           ///< path of the book: who has acknowledged and muted what
        std::string host;             ///< how this machine is called in messages
    };

    /// Fails when the outbox cannot be opened.
    [[nodiscard]] static Result<std::unique_ptr<Notifier>> start(Settings settings);
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    /// From one thread. What cannot be written down is told by messages() and counted.
    void on_alert(const Alert& alert, AlertChange change);
    /// What a person should know, since the last call. From any thread.
    [[nodiscard]] std::vector<std::string> messages();
    /// Ends the threads: an attempt that is under way is given up. Then tells what is still
    /// waiting.
    void stop();
    [[nodiscard]] std::uint64_t not_queued() const noexcept;

    /// Only start() can make the argument.
    class Key {
        friend class Notifier;
        Key() = default;
    };
    Notifier(Key, Settings settings);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// What names an alert in the outbox.
[[nodiscard]] std::string alert_key(const Alert& alert);

}  // namespace vedette::service
