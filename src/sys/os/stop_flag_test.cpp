#include "sys/os/stop_flag.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace vedette::sys {
namespace {

TEST(StopFlag, FirstAsksToFinishSecondToAbort) {
    StopFlag flag;
    EXPECT_FALSE(flag.stopping());
    flag.ask();
    EXPECT_EQ(flag.level(), StopFlag::Level::Finish);
    flag.ask();
    EXPECT_EQ(flag.level(), StopFlag::Level::Abort);
    for (int i = 0; i < 1'000; ++i)
        flag.ask();
    EXPECT_EQ(flag.level(), StopFlag::Level::Abort) << "asking on must not wrap";
}

TEST(StopOnSignals, SignalsAskAndTheThirdKills) {
    StopFlag flag;
    {
        StopOnSignals signals(flag);
        std::raise(SIGTERM);
        EXPECT_EQ(flag.level(), StopFlag::Level::Finish);
        std::raise(SIGINT);
        EXPECT_EQ(flag.level(), StopFlag::Level::Abort);
        EXPECT_EXIT(std::raise(SIGINT), testing::KilledBySignal(SIGINT), "");
    }
    EXPECT_EXIT(std::raise(SIGTERM), testing::KilledBySignal(SIGTERM), "");
}

TEST(StopOnSignals, IgnoredSignalsStayIgnored) {
    std::signal(SIGHUP, SIG_IGN);
    StopFlag flag;
    {
        StopOnSignals signals(flag);
        std::raise(SIGHUP);
    }
    EXPECT_FALSE(flag.stopping());
    EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

}  // namespace
}  // namespace vedette::sys
