#include "notify/exec/exec_channel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vedette::notify {
namespace {

using testing::HasSubstr;
using Verdict = Outcome::Verdict;

class Exec : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "vedette-exec-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        std::signal(SIGPIPE, SIG_IGN);  // as the program does
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    /// A shell script and what became of a digest given to it.
    Outcome run(std::string_view script, Attempt attempt = {}, std::size_t alerts = 1) {
        const std::string path = folder_ + "/script";
        std::ofstream(path) << "#!/bin/sh\n" << script << '\n';
        ::chmod(path.c_str(), 0755);
        Digest digest = sample_digest("host", "me", Timestamp::from_seconds(1));
        digest.notices.resize(alerts, digest.notices[0]);
        return make_exec_channel({path, "two words", "$HOME; rm x"})->send(digest, attempt);
    }
    std::string content(std::string_view name) {
        std::ifstream file(folder_ + "/" + std::string(name));
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    std::string folder_;
};

TEST_F(Exec, GetsTheDigestOnStandardInputAndItsWordsUnshelled) {
    const auto outcome =
        run("cat > " + folder_ + "/in; printf '%s|' \"$@\" > " + folder_ + "/words; echo fine");
    EXPECT_EQ(outcome.verdict, Verdict::Delivered) << outcome.text;
    EXPECT_EQ(outcome.text, "exit code 0: fine");
    EXPECT_THAT(content("in"), HasSubstr("\"alerts\":[{\"id\":0,\"news\":\"new\""));
    EXPECT_EQ(content("words"), "two words|$HOME; rm x|");
}

TEST_F(Exec, SeesNothingOfOurEnvironmentNorOurFiles) {
    ::setenv("VEDETTE_TEST_SECRET", "hunter2", 1);
    const int kept_open = ::dup(1);  // not closed on exec
    const auto outcome = run("env > " + folder_ + "/env; ls /proc/self/fd > " + folder_ + "/fds");
    ::close(kept_open);
    ::unsetenv("VEDETTE_TEST_SECRET");
    EXPECT_EQ(outcome.verdict, Verdict::Delivered) << outcome.text;
    EXPECT_EQ(content("env").find("hunter2"), std::string::npos);
    EXPECT_THAT(content("env"), HasSubstr("LANG=C.UTF-8"));
    std::istringstream numbers(content("fds"));
    int count = 0;
    for (std::string number; numbers >> number;)
        ++count;
    EXPECT_LE(count, 4) << content("fds");  // 0, 1, 2 and ls's own
}

TEST_F(Exec, FailureIsToldWithItsWords) {
    const auto outcome = run("echo no pager >&2; exit 7");
    EXPECT_EQ(outcome.verdict, Verdict::Failed);
    EXPECT_THAT(outcome.text, HasSubstr("exit code 7: no pager"));
    EXPECT_THAT(run("kill -9 $$").text, HasSubstr("ended by signal 9"));
}

TEST_F(Exec, AProgramThatIsNotThere) {
    const auto outcome =
        make_exec_channel({"/nonexistent/page"})->send(sample_digest("h", "t", Timestamp{0}), {});
    EXPECT_EQ(outcome.verdict, Verdict::Failed);
    EXPECT_THAT(outcome.text, HasSubstr("/nonexistent/page"));
}

TEST_F(Exec, TimeEndsItAndItsChildren) {
    Attempt attempt;
    attempt.timeout = Duration::millis(300);
    const auto before = std::chrono::steady_clock::now();
    const auto outcome = run("sleep 60 & echo $! > " + folder_ + "/child; sync; sleep 60", attempt);
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(20));
    EXPECT_EQ(outcome.verdict, Verdict::Unclear);
    EXPECT_THAT(outcome.text, HasSubstr("its time was up"));
    std::istringstream number(content("child"));
    pid_t child = 0;
    ASSERT_TRUE(number >> child);
    for (int i = 0; i < 100 && ::kill(child, 0) == 0; ++i) {
        std::ifstream status("/proc/" + std::to_string(child) + "/stat");
        std::string line;
        std::getline(status, line);
        if (line.find(") Z ") != std::string::npos) return;  // dead; its new parent is slow
        ::usleep(20'000);
    }
    EXPECT_NE(::kill(child, 0), 0);
}

TEST_F(Exec, AProgramThatDoesNotReadIsNoProblem) {
    EXPECT_EQ(run("exec <&-; exit 0", {}, 2'000).verdict, Verdict::Delivered);
    EXPECT_EQ(run("cat > /dev/null; yes | head -c 300000", {}, 2'000).verdict, Verdict::Delivered);
}

}  // namespace
}  // namespace vedette::notify
