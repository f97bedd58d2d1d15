#include "service/notifier/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vedette::service {
namespace {

using config::NotifyTarget;
using testing::HasSubstr;

class Targets : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "vedette-targets-XXXXXX";
        ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
        secret_ = folder_ + "/secret";
        std::ofstream(secret_) << "hunter2\n";
        ::chmod(secret_.c_str(), 0600);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    static NotifyTarget mail() {
        NotifyTarget target;
        target.name = "ops";
        target.place = "FILE:1:1";
        target.type = "mail";
        target.url = "smtp://mail.example.org:587";
        target.from = "v@example.org";
        target.to = {"ops@example.org"};
        return target;
    }
    static NotifyTarget of(std::string type, std::string url) {
        NotifyTarget target;
        target.name = "ops";
        target.place = "FILE:1:1";
        target.type = std::move(type);
        target.url = std::move(url);
        return target;
    }
    std::string problem(const NotifyTarget& target) {
        const auto made = make_targets({target}, folder_);
        EXPECT_FALSE(made);
        if (made) return {};
        EXPECT_EQ(made.error().kind, ErrorKind::InvalidSettings);
        EXPECT_THAT(made.error().text, HasSubstr("FILE:1:1: notify.ops."));
        EXPECT_EQ(made.error().text.find("hunter2"), std::string::npos);
        return made.error().text;
    }
    void expect_good(const NotifyTarget& target) {
        const auto made = make_targets({target}, folder_);
        EXPECT_TRUE(made) << made.error().text;
    }

    std::string folder_;
    std::string secret_;
};

TEST_F(Targets, EveryTypeCanBeMade) {
    NotifyTarget exec = of("exec", "");
    exec.command = {"/bin/true"};
    for (const NotifyTarget& target :
         {mail(), of("webhook", "https://h/x"), of("syslog", "unix:///dev/log"),
          of("syslog", "tls://h"), of("ntfy", "https://h/t"), of("slack", "https://h/x"),
          of("mqtt", "mqtts://h"), exec}) {
        expect_good(target);
    }
}

TEST_F(Targets, AUrlMustFitItsType) {
    EXPECT_THAT(problem(of("syslog", "https://h")), HasSubstr("unix udp tcp tls"));
    EXPECT_THAT(problem(of("webhook", "https://ada:hunter2@h/")), HasSubstr("no user or password"));
    EXPECT_THAT(problem(of("mqtt", "h:1883")), HasSubstr("it is no URL"));
}

TEST_F(Targets, KindsAreThoseOfTheTable) {
    NotifyTarget target = mail();
    target.kinds = {"flood.*", "tunnel"};
    expect_good(target);
    target.kinds = {"tunel"};
    EXPECT_THAT(problem(target), HasSubstr("no alert is of kind 'tunel'; did you mean 'tunnel'?"));
}

TEST_F(Targets, AddressesAreAddresses) {
    NotifyTarget target = mail();
    for (const char* const wrong : {"ops", "@x", "a@", "a@b@c", "a b@c", "a@b>", "a@b\r\nDATA"}) {
        target.to = {wrong};
        EXPECT_THAT(problem(target), HasSubstr("is no mail address")) << wrong;
    }
    target.to = {};
    EXPECT_THAT(problem(target), HasSubstr("names nobody"));
}

TEST_F(Targets, ASecretThatOthersCanReadIsRefused) {
    NotifyTarget target = mail();
    target.user = "ada";
    target.password_file = secret_;
    expect_good(target);
    ::chmod(secret_.c_str(), 0644);
    EXPECT_THAT(problem(target), HasSubstr("chmod 600"));
    target.password_file = folder_ + "/none";
    EXPECT_THAT(problem(target), HasSubstr("notify.ops.password_file: secret file: "));
}

TEST_F(Targets, ACredentialIsFoundByItsName) {
    NotifyTarget target = mail();
    target.user = "ada";
    target.password_file = "secret";
    expect_good(target);
    const auto made = make_targets({target}, "");
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error().text, HasSubstr("LoadCredential=secret"));
}

TEST_F(Targets, NoPasswordCrossesANetworkInTheClear) {
    NotifyTarget target = mail();
    target.starttls = "off";
    expect_good(target);
    target.user = "ada";
    target.password_file = secret_;
    EXPECT_THAT(problem(target), HasSubstr("only encrypted"));
    for (const char* const near : {"smtp://127.0.0.1:25", "smtp://[::1]", "smtp://localhost"}) {
        target.url = near;
        expect_good(target);
    }
    NotifyTarget hook = of("webhook", "http://h/x");
    expect_good(hook);
    hook.token_file = secret_;
    EXPECT_THAT(problem(hook), HasSubstr("only encrypted"));
}

TEST_F(Targets, LoginsAreWhole) {
    NotifyTarget target = mail();
    target.user = "ada";
    EXPECT_THAT(problem(target), HasSubstr("notify.ops.user: password_file is missing"));
    target = mail();
    target.password_file = secret_;
    EXPECT_THAT(problem(target), HasSubstr("notify.ops.password_file: user is missing"));
    target = mail();
    target.key = secret_;
    EXPECT_THAT(problem(target), HasSubstr("notify.ops.key: certificate and key belong together"));
}

TEST_F(Targets, ProgramsAndFilesAreThere) {
    NotifyTarget target = of("exec", "");
    target.command = {"page"};
    EXPECT_THAT(problem(target), HasSubstr("no absolute path"));
    target.command = {"/nonexistent/page"};
    EXPECT_THAT(problem(target), HasSubstr("/nonexistent/page: No such file"));
    target = mail();
    target.ca_file = "/nonexistent/ca.pem";
    EXPECT_THAT(problem(target), HasSubstr("notify.ops.ca_file: /nonexistent/ca.pem: No such"));
}

TEST_F(Targets, HeadersAndTopicsCannotBreakOut) {
    NotifyTarget hook = of("webhook", "https://h/x");
    for (const char* const wrong : {"X", ": y", "X Y: z", "X: y\r\nAuthorization: z"}) {
        hook.headers = {wrong};
        EXPECT_THAT(problem(hook), HasSubstr("no header line")) << wrong;
    }
    NotifyTarget mqtt = of("mqtt", "mqtt://h");
    for (const char* const wrong : {"", "a/#", "a/+/b"}) {
        mqtt.topic = wrong;
        EXPECT_THAT(problem(mqtt), HasSubstr("notify.ops.topic")) << wrong;
    }
}

TEST_F(Targets, EverythingWrongIsToldAtOnce) {
    NotifyTarget target = mail();
    target.url = "x";
    target.from = "y";
    target.kinds = {"z"};
    const std::string text = problem(target);
    EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
}

}  // namespace
}  // namespace vedette::service
