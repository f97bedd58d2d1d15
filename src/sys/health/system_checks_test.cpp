#include "sys/health/system_checks.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "sys/os/privileges.hpp"

namespace vedette::sys {
namespace {

TEST(SystemChecks, EveryRowIsWholeAndProblemsHaveAFix) {
    std::set<std::string> names;
    for (const Check& check : check_system("/var/lib/vedette")) {
        EXPECT_TRUE(names.insert(check.name).second) << check.name;
        EXPECT_FALSE(check.found.empty()) << check.name;
        if (check.state == CheckState::Problem) {
            EXPECT_FALSE(check.fix.empty()) << check.name;
        }
    }
    EXPECT_EQ(names.size(), 7U);
}

TEST(SystemChecks, MissingPrivilegeNamesSetcap) {
    const Check check = check_system("/").front();
    EXPECT_EQ(check.state == CheckState::Ok, has_capability(Capability::NetRaw));
    if (check.state != CheckState::Ok) {
        EXPECT_NE(check.fix.find("setcap cap_net_raw=ep"), std::string::npos);
    }
}

TEST(SystemChecks, DiskLooksAtTheNearestFolderThatExists) {
    const std::string folder =
        (std::filesystem::temp_directory_path() / "not" / "made" / "yet").string();
    const Check check = check_disk(folder);
    EXPECT_NE(check.found.find(folder), std::string::npos) << check.found;
    EXPECT_NE(check.found.find("MiB free"), std::string::npos) << check.found;
}

TEST(SystemChecks, AFolderThatCannotBeWrittenIsAProblem) {
    if (is_root()) GTEST_SKIP() << "root may write everywhere";
    const Check check = check_disk("/proc/vedette");
    EXPECT_EQ(check.state, CheckState::Problem);
    EXPECT_NE(check.fix.find("--store"), std::string::npos);
}

}  // namespace
}  // namespace vedette::sys
