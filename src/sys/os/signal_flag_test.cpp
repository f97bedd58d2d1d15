#include "sys/os/signal_flag.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "sys/os/stop_flag.hpp"

namespace vedette::sys {
namespace {

TEST(SignalFlag, TellsOfASignalOnceInPlaceOfAnEnd) {
    StopFlag stop;
    const StopOnSignals signals(stop);
    {
        SignalFlag reload(SIGHUP);
        EXPECT_FALSE(reload.take());
        std::raise(SIGHUP);
        std::raise(SIGHUP);
        EXPECT_TRUE(reload.take());
        EXPECT_FALSE(reload.take());
        EXPECT_FALSE(stop.stopping());
    }
    std::raise(SIGHUP);  // what it did before, it does again
    EXPECT_TRUE(stop.stopping());
}

TEST(SignalFlag, KeepsItsSignalFromWhoAsksToBeStoppedLater) {
    SignalFlag reload(SIGHUP);
    StopFlag stop;
    {
        const StopOnSignals signals(stop);
        std::raise(SIGHUP);
        EXPECT_TRUE(reload.take());
        EXPECT_FALSE(stop.stopping());
        std::raise(SIGTERM);
        EXPECT_TRUE(stop.stopping());
    }
    std::raise(SIGHUP);
    EXPECT_TRUE(reload.take()) << "and when that one is gone";
}

TEST(SignalFlag, BeginsWithNothing) {
    {
        const SignalFlag first(SIGUSR2);
        std::raise(SIGUSR2);
    }
    SignalFlag second(SIGUSR2);
    EXPECT_FALSE(second.take());
}

}  // namespace
}  // namespace vedette::sys
