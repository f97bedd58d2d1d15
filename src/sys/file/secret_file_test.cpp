#include "sys/file/secret_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vedette::sys {
namespace {

using testing::HasSubstr;

class SecretFile : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "vedette-secret-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file(std::string_view text, mode_t mode = 0600) {
        const std::string path = folder_ + "/secret";
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    std::string problem(std::string_view text, mode_t mode = 0600) {
        const auto secret = read_secret(file(text, mode));
        EXPECT_FALSE(secret);
        return secret ? std::string() : secret.error().text;
    }

    std::string folder_;
};

TEST_F(SecretFile, GivesItsLine) {
    for (const std::string_view text : {"s3cret", "s3cret\n", "s3cret\r\n"}) {
        const auto secret = read_secret(file(text));
        ASSERT_TRUE(secret) << secret.error().text;
        EXPECT_EQ(secret->text(), "s3cret");
    }
}

TEST_F(SecretFile, RefusesWhatOthersCanReadOrChange) {
    for (const mode_t mode : {0604U, 0602U, 0620U, 0644U, 0666U}) {
        const auto secret = read_secret(file("x", mode));
        ASSERT_FALSE(secret) << mode;
        EXPECT_EQ(secret.error().kind, ErrorKind::Permission);
        EXPECT_THAT(secret.error().text, HasSubstr("chmod 600 " + folder_ + "/secret"));
    }
    for (const mode_t mode : {0400U, 0600U, 0440U, 0640U}) {
        EXPECT_TRUE(read_secret(file("x", mode))) << mode;
        std::filesystem::remove(folder_ + "/secret");
    }
}

TEST_F(SecretFile, RefusesWhatIsNoSecret) {
    EXPECT_THAT(problem(""), HasSubstr("empty"));
    EXPECT_THAT(problem("\n"), HasSubstr("empty"));
    EXPECT_THAT(problem("a\nb\n"), HasSubstr("more than one line"));
    EXPECT_THAT(problem(std::string_view("a\0b", 3)), HasSubstr("control"));
    EXPECT_THAT(problem(std::string(65'537, 'x')), HasSubstr("longer than 64 KiB"));
    EXPECT_TRUE(read_secret(file(std::string(65'536, 'x'))));
    EXPECT_FALSE(read_secret(folder_));
    EXPECT_EQ(read_secret(folder_ + "/none").error().kind, ErrorKind::NotFound);
}

TEST_F(SecretFile, AMessageNeverRepeatsTheSecret) {
    EXPECT_EQ(problem("hunter2\nhunter2\n").find("hunter2"), std::string::npos);
    EXPECT_EQ(problem("hunter2", 0644).find("hunter2"), std::string::npos);
}

TEST(SecretPath, ANameWithoutSlashIsACredential) {
    EXPECT_EQ(secret_path("/etc/x", ""), "/etc/x");
    EXPECT_EQ(secret_path("./x", "/run/c"), "./x");
    EXPECT_EQ(secret_path("smtp", "/run/c"), "/run/c/smtp");
    EXPECT_FALSE(secret_path("..", "/run/c"));
    const auto missing = secret_path("smtp", "");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().text, HasSubstr("LoadCredential=smtp"));
}

TEST(Secret, MovingLeavesNothingBehind) {
    Secret one(std::string("a longer text than a short string holds"));
    const Secret two(std::move(one));
    EXPECT_TRUE(one.empty());  // NOLINT: that is what is tested
    EXPECT_EQ(two.text(), "a longer text than a short string holds");
}

}  // namespace
}  // namespace vedette::sys
