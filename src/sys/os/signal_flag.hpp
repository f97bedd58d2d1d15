// A signal that asks for something else than the end: while a SignalFlag lives, its signal, which
// would end the process, is only remembered until somebody takes it. One at a time for a signal.
#pragma once

#include <csignal>

namespace vedette::sys {

class SignalFlag {
  public:
    /// Of SIGHUP, SIGUSR1 or SIGUSR2.
    explicit SignalFlag(int signal) noexcept;
    /// The handling that was before returns.
    ~SignalFlag();
    SignalFlag(const SignalFlag&) = delete;
    SignalFlag& operator=(const SignalFlag&) = delete;

    /// Whether the signal came since the last call.
    [[nodiscard]] bool take() noexcept;

  private:
    const int signal_;
    struct sigaction before_{};
};

}  // namespace vedette::sys
