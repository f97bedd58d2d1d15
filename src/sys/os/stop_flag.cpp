#include "sys/os/stop_flag.hpp"

#include <array>
#include <csignal>

namespace vedette::sys {
namespace {

constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};

// The one place a signal handler can reach; null while no StopOnSignals lives.
std::atomic<StopFlag*> g_flag{nullptr};
static_assert(std::atomic<StopFlag*>::is_always_lock_free);

void handle(int signal) {
    StopFlag* flag = g_flag.load(std::memory_order_relaxed);
    if (flag == nullptr) return;
    flag->ask();
    if (flag->level() == StopFlag::Level::Abort) std::signal(signal, SIG_DFL);
}

}  // namespace

StopOnSignals::StopOnSignals(StopFlag& flag) noexcept {
    g_flag.store(&flag, std::memory_order_relaxed);
    struct sigaction action{};
    action.sa_handler = &handle;  // without SA_RESTART: a blocked read returns
    ::sigemptyset(&action.sa_mask);
    for (const int signal : kSignals) {
        struct sigaction before{};
        ::sigaction(signal, nullptr, &before);
        // nohup and background jobs ignore signals on purpose; a SignalFlag may have SIGHUP.
        if (before.sa_handler == SIG_DFL) ::sigaction(signal, &action, nullptr);
    }
}

StopOnSignals::~StopOnSignals() {
    for (const int signal : kSignals) {
        struct sigaction now{};
        ::sigaction(signal, nullptr, &now);
        if (now.sa_handler == &handle) std::signal(signal, SIG_DFL);
    }
    g_flag.store(nullptr, std::memory_order_relaxed);
}

}  // namespace vedette::sys
