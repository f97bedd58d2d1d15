#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcntl.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sys/handover/channel.hpp"
#include "sys/handover/service_manager.hpp"
#include "sys/handover/successor.hpp"

namespace vedette::sys {
namespace {

class Handover : public ::testing::Test {
  protected:
    void TearDown() override {
        for (const char* const name :
             {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "VEDETTE_PREDECESSOR"})
            ::unsetenv(name);
    }
    static void set(const char* name, const std::string& value) {
        ::setenv(name, value.c_str(), 1);
    }
};

TEST_F(Handover, AChannelKeepsOrderAndCarriesDescriptors) {
    auto ends = Channel::make_pair();
    ASSERT_TRUE(ends);
    auto& [here, there] = *ends;
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const Descriptor read_end(pipe_ends[0]);
    Descriptor write_end(pipe_ends[1]);
    ASSERT_TRUE(here.send("first"));
    ASSERT_TRUE(here.send("second", write_end.get()));
    write_end.close();
    auto first = there.receive(Duration::seconds(1));
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->text, "first");
    EXPECT_FALSE((*first)->passed.open());
    auto second = there.receive(Duration::seconds(1));
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->text, "second");
    ASSERT_TRUE((*second)->passed.open());
    EXPECT_EQ(::fcntl((*second)->passed.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_EQ(::write((*second)->passed.get(), "x", 1), 1);
    char byte = 0;
    EXPECT_EQ(::read(read_end.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
}

TEST_F(Handover, AChannelTellsThatNothingCameAndThatTheOtherSideIsGone) {
    auto ends = Channel::make_pair();
    ASSERT_TRUE(ends);
    auto& [here, there] = *ends;
    auto nothing = there.receive(Duration::millis(10));
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
    here.close();
    EXPECT_EQ(there.receive(Duration::millis(10)).error().kind, ErrorKind::Unavailable);
    EXPECT_EQ(there.send("x").error().kind, ErrorKind::Unavailable);
    EXPECT_FALSE(there.send(std::string(5'000, 'x')));
}

TEST_F(Handover, SocketsForAnotherProcessAreNotTaken) {
    set("LISTEN_PID", std::to_string(::getpid() + 1));
    set("LISTEN_FDS", "1");
    const auto given = take_given_sockets();
    ASSERT_TRUE(given);
    EXPECT_TRUE(given->empty());
    EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
}

TEST_F(Handover, AWrongNumberOfSocketsIsTold) {
    for (const char* const count : {"-1", "many", "", "5000", "1000"}) {  // 1000: none is open
        set("LISTEN_PID", std::to_string(::getpid()));
        set("LISTEN_FDS", count);
        const auto given = take_given_sockets();
        ASSERT_FALSE(given) << count;
        EXPECT_EQ(given.error().kind, ErrorKind::InvalidInput);
    }
}

TEST_F(Handover, AServiceManagerIsToldAtBothKindsOfPlace) {
    EXPECT_FALSE(tell_service_manager("READY=1"));
    const std::string path =
        (std::filesystem::temp_directory_path() / ("notify" + std::to_string(::getpid()))).string();
    for (const std::string& place : {path, "@" + path}) {
        const Descriptor manager(::socket(AF_UNIX, SOCK_DGRAM, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        place.copy(address.sun_path, place.size());
        if (place[0] == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + place.size());
        ASSERT_EQ(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
        set("NOTIFY_SOCKET", place);
        EXPECT_TRUE(tell_service_manager("READY=1\nSTATUS=x"));
        char text[100];
        const ssize_t got = ::recv(manager.get(), text, sizeof(text), MSG_DONTWAIT);
        EXPECT_EQ(std::string(text, static_cast<std::size_t>(std::max<ssize_t>(got, 0))),
                  "READY=1\nSTATUS=x");
        tell_reloading();
        EXPECT_GT(::recv(manager.get(), text, sizeof(text), MSG_DONTWAIT), 30);
    }
    std::filesystem::remove(path);
    EXPECT_FALSE(tell_service_manager("READY=1"));  // nobody is there any more
}

TEST_F(Handover, ASuccessorHasItsArgumentsVariablesAndChannel) {
    const auto here = Invocation::of_this_process();
    ASSERT_TRUE(here);
    EXPECT_NE(here->program.find("test_sys_handover"), std::string::npos);
    // The shell answers on descriptor 3 as a successor would.
    auto successor = start_successor(
        {"/bin/sh", {"sh", "-c", "printf \"%s %s\" \"$1\" \"$EXTRA\" >&3; exit 7", "sh", "word"}},
        {{"EXTRA", "told"}});
    ASSERT_TRUE(successor) << successor.error().text;
    auto message = successor->channel.receive(Duration::seconds(5));
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->text, "word told");
    std::optional<std::string> ended;
    for (int i = 0; i < 500 && !ended; ++i, ::usleep(10'000))
        ended = successor->ended();
    EXPECT_EQ(ended.value_or("still there"), "exit code 7");
}

TEST_F(Handover, WithoutAPredecessorThereIsNoChannel) {
    EXPECT_FALSE(take_predecessor().open());
    set("VEDETTE_PREDECESSOR", "3");  // whatever 3 is here, it is no channel
    EXPECT_FALSE(take_predecessor().open());
    EXPECT_EQ(std::getenv("VEDETTE_PREDECESSOR"), nullptr);
}

TEST_F(Handover, AProgramThatIsNotThereIsTold) {
    const auto successor = start_successor({"/nowhere/vedette", {"vedette"}}, {});
    ASSERT_FALSE(successor);
    EXPECT_NE(successor.error().text.find("/nowhere/vedette"), std::string::npos);
}

}  // namespace
}  // namespace vedette::sys
