// How a run is asked to stop: once to finish in order, twice to give up what is still queued. Set
// by signals, tests or the program itself; read by every loop. Safe from any thread and from signal
// handlers.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.hpp"

namespace vedette::sys {

class StopFlag {
  public:
    enum class Level : std::uint8_t {
        Run,
        Finish,  ///< read no more, store what was read
        Abort,   ///< leave now, counting what is thrown away
    };

    [[nodiscard]] Level level() const noexcept {
        const std::uint8_t asked = asked_.load(std::memory_order_relaxed);
        return asked == 0 ? Level::Run : asked == 1 ? Level::Finish : Level::Abort;
    }
    [[nodiscard]] bool stopping() const noexcept { return level() != Level::Run; }
    /// Each call asks more urgently.
    void ask() noexcept {
        if (level() != Level::Abort) asked_.fetch_add(1, std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint8_t> asked_{0};
    static_assert(std::atomic<std::uint8_t>::is_always_lock_free);
};

/// As long as it lives, SIGINT, SIGTERM and SIGHUP ask `flag` to stop; after the second one the
/// system's own handling returns, so that a third always ends the process. A signal that is ignored
/// or handled already (SignalFlag) stays so. One at a time.
class StopOnSignals {
  public:
    explicit StopOnSignals(StopFlag& flag) noexcept;
    ~StopOnSignals();
    StopOnSignals(const StopOnSignals&) = delete;
    StopOnSignals& operator=(const StopOnSignals&) = delete;
};

}  // namespace vedette::sys
