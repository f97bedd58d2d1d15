#include "sys/os/signal_flag.hpp"

#include <array>
#include <atomic>

#include "base/assert.hpp"

namespace vedette::sys {
namespace {

// The one place a signal handler can reach.
std::array<std::atomic<bool>, NSIG> g_came{};
static_assert(std::atomic<bool>::is_always_lock_free);

std::atomic<bool>& came(int signal) noexcept {
    return g_came[static_cast<std::size_t>(signal)];
}

void remember(int signal) {
    came(signal).store(true, std::memory_order_relaxed);
}

}  // namespace

SignalFlag::SignalFlag(int signal) noexcept : signal_(signal) {
    VEDETTE_ASSERT(signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2);
    came(signal).store(false, std::memory_order_relaxed);
    struct sigaction action{};
    action.sa_handler = &remember;  // without SA_RESTART: a blocked wait returns
    ::sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, &before_);
}

SignalFlag::~SignalFlag() {
    ::sigaction(signal_, &before_, nullptr);
}

bool SignalFlag::take() noexcept {
    return came(signal_).exchange(false, std::memory_order_relaxed);
}

}  // namespace vedette::sys
