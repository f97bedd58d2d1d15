#include "sys/os/privileges.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

namespace vedette::sys {
namespace {

constexpr uid_t kNobody = 65'534;

/// Runs `body` in a child, because what it gives up cannot be had back; its result is the exit
/// code.
template <typename Body>
int in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Privileges, UnknownUserIsNamed) {
    EXPECT_EQ(in_child([] {
                  const Result<void> dropped = drop_privileges("no-such-user-here");
                  return !dropped && dropped.error().text == "there is no user no-such-user-here" &&
                                 dropped.error().kind == ErrorKind::NotFound
                             ? 0
                             : 1;
              }),
              0);
}

TEST(Privileges, NothingIsLeftAfterDropping) {
    EXPECT_EQ(in_child([] {
                  if (!drop_privileges("")) return 1;
                  if (has_capability(Capability::NetRaw)) return 2;
                  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return 3;
                  return ::socket(AF_PACKET, SOCK_RAW, 0) < 0 ? 0 : 4;
              }),
              0);
}

TEST(Privileges, RootThatStaysRootCanStillReachFilesAndNothingElse) {
    if (!is_root()) GTEST_SKIP() << "only root has this right to keep";
    std::string folder = (std::filesystem::temp_directory_path() / "vedette-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ASSERT_EQ(::chown(folder.c_str(), kNobody, kNobody), 0);
    EXPECT_EQ(in_child([&folder] {
                  if (!drop_privileges("", Keep::FileAccess)) return 1;
                  if (has_capability(Capability::NetRaw)) return 2;
                  return ::access((folder + "/.").c_str(), W_OK) == 0 ? 0 : 3;
              }),
              0);
    EXPECT_EQ(in_child([&folder] {
                  if (!drop_privileges("")) return 1;
                  return ::access((folder + "/.").c_str(), W_OK) != 0 ? 0 : 2;
              }),
              0);
    std::filesystem::remove_all(folder);
}

TEST(Privileges, RootBecomesTheUserForGood) {
    if (!is_root()) GTEST_SKIP() << "only root can become another user";
    EXPECT_EQ(in_child([] {
                  if (!drop_privileges("nobody")) return 1;
                  if (is_root() || ::getgid() == 0) return 2;
                  return ::setuid(0) != 0 ? 0 : 3;
              }),
              0);
}

TEST(Privileges, TheGrantNamesThisProgram) {
    EXPECT_NE(executable_path().find("test_sys_os"), std::string::npos);
    EXPECT_NE(how_to_grant("cap_net_raw").find("setcap cap_net_raw=ep /"), std::string::npos);
}

TEST(Privileges, TheProgramIsFoundWithoutProc) {
    constexpr int kForbidden = 77;
    const int outcome = in_child([] {
        if (::unshare(CLONE_NEWNS) != 0) return kForbidden;
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kForbidden;
        if (::mount("none", "/proc", "tmpfs", 0, nullptr) != 0) return kForbidden;
        if (::access("/proc/self", F_OK) == 0) return 1;
        const std::string path = executable_path();
        return path.starts_with('/') && path.ends_with("/test_sys_os") ? 0 : 2;
    });
    if (outcome == kForbidden) GTEST_SKIP() << "/proc cannot be hidden here";
    EXPECT_EQ(outcome, 0);
}

}  // namespace
}  // namespace vedette::sys
