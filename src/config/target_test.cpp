#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "config/load.hpp"
#include "config/reference.hpp"
#include "config/target_table.hpp"
#include "config/value.hpp"

namespace vedette::config {
namespace {

using testing::HasSubstr;

Result<Loaded> load_text(std::string_view text,
                         std::vector<std::pair<std::string, std::string>> flags = {}) {
    std::string path = testing::TempDir() + "vedette-target-XXXXXX";
    const int fd = ::mkstemp(path.data());
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
    auto loaded = load({path, [](std::string_view) { return std::nullopt; }, std::move(flags)});
    ::unlink(path.c_str());
    return loaded;
}

std::string problems(std::string_view text) {
    const auto loaded = load_text(text);
    EXPECT_FALSE(loaded) << text;
    return loaded ? std::string() : loaded.error().text;
}

constexpr std::string_view kMail =
    "[notify.ops]\ntype = \"mail\"\nurl = \"smtp://mail.example.org:587\"\n"
    "from = \"v@example.org\"\nto = [\"ops@example.org\"]\n";

TEST(NotifyTargets, SeveralOfOneTypeEachWithItsDefaults) {
    const auto loaded = load_text(std::string(kMail) +
                                  "[notify.night]\nurl = \"smtps://b\"\nfrom = \"v@b\"\n"
                                  "to = [\"n@b\"]\ntype = \"mail\"\ngroup_wait = \"10m\"\n"
                                  "[notify.siem]\nurl = \"tls://siem\"\ntype = \"syslog\"\n");
    ASSERT_TRUE(loaded) << loaded.error().text;
    const auto& targets = loaded->settings.notify;
    ASSERT_EQ(targets.size(), 3U);
    const auto find = [&](std::string_view name) -> const NotifyTarget& {
        return *std::ranges::find(targets, name, &NotifyTarget::name);
    };
    EXPECT_EQ(find("ops").group_wait, Duration::seconds(30));
    EXPECT_EQ(find("ops").group_interval, Duration::seconds(300));
    EXPECT_EQ(find("ops").hourly_limit, 20);
    EXPECT_EQ(find("night").group_wait, Duration::seconds(600));
    EXPECT_EQ(find("siem").group_wait, Duration{});
    EXPECT_EQ(find("siem").hourly_limit, 0);
    EXPECT_THAT(find("ops").place, HasSubstr(":1:"));
}

TEST(NotifyTargets, FlagsReachThem) {
    const auto loaded = load_text(kMail, {{"notify.ops.severity", "high"}});
    ASSERT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ(loaded->settings.notify[0].severity, "high");
    const auto row = find_target_setting("severity") - target_table().data();
    EXPECT_EQ(loaded->target_origins[0][static_cast<std::size_t>(row)], "flag");
}

TEST(NotifyTargets, MistakesNameTheKeyAndTheTable) {
    EXPECT_THAT(problems("[notify.ops]\n"), HasSubstr(":1:9: notify.ops.type is not set; it takes "
                                                      "\"mail\", \"webhook\""));
    EXPECT_THAT(problems("[notify.ops]\ntype = \"mial\"\n"),
                HasSubstr(":2:1: notify.ops.type takes \"mail\""));
    EXPECT_THAT(problems("[notify.ops]\ntype = \"mail\"\nurl = \"smtp://a\"\nfrom = \"a@b\"\n"),
                HasSubstr("notify.ops.to is not set; mail needs it"));
    EXPECT_THAT(problems(std::string(kMail) + "topic = \"x\"\n"),
                HasSubstr("notify.ops.topic is set, but mail does not take it"));
    EXPECT_THAT(problems(std::string(kMail) + "grop_wait = \"1m\"\n"),
                HasSubstr(":6:1: unknown setting 'notify.ops.grop_wait'; did you mean "
                          "'group_wait'?"));
    EXPECT_THAT(problems(std::string(kMail) + "timeout = \"999ms\"\n"),
                HasSubstr("notify.ops.timeout takes a time from \"1s\" to \"10m\""));
    EXPECT_THAT(problems("[notify.\"Ops Team\"]\ntype = \"exec\"\n"),
                HasSubstr("'Ops Team' is no name for a target"));
    EXPECT_THAT(problems("[notify]\ntype = \"mail\"\n"),
                HasSubstr("'notify.type' stands outside a table such as [notify.ops]"));
}

TEST(NotifyTargets, ASecretInTheSettingsIsRefusedWithoutBeingRepeated) {
    const std::string text = problems(std::string(kMail) + "password = \"hunter2\"\n");
    EXPECT_THAT(text, HasSubstr("notify.ops.password"));
    EXPECT_THAT(text, HasSubstr("password_file = "));
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

TEST(NotifyTargets, ASecretUrlReplacesTheUrl) {
    EXPECT_TRUE(load_text("[notify.s]\ntype = \"slack\"\nurl_file = \"/x\"\n"));
    EXPECT_THAT(problems("[notify.s]\ntype = \"slack\"\n"), HasSubstr("notify.s.url is not set"));
}

TEST(NotifyTargets, ThereAreAtMostThirtyTwo) {
    std::string text;
    for (int i = 0; i < 32; ++i)
        text += "[notify.t" + std::to_string(i) + "]\ntype = \"exec\"\ncommand = [\"/bin/true\"]\n";
    EXPECT_TRUE(load_text(text));
    EXPECT_THAT(problems(text + "[notify.t32]\ntype = \"exec\"\ncommand = [\"/bin/true\"]\n"),
                HasSubstr("more than 32 targets"));
}

TEST(NotifyTargets, TheTableIsSound) {
    for (const TargetSetting& row : target_table()) {
        EXPECT_FALSE(row.help.empty()) << row.name;
        EXPECT_EQ(row.section(), "notify");
        EXPECT_EQ(find_target_setting(row.key()), &row);
        EXPECT_TRUE(std::ranges::any_of(target_types(), [&](const TargetType& type) {
            return takes(type, row.key());
        })) << row.name;
        EXPECT_THAT(settings_reference(), HasSubstr("| `" + std::string(row.key()) + "`<br>"));
    }
    for (const TargetType& type : target_types()) {
        for (const std::string_view words : {type.needs, type.takes}) {
            for (std::string_view left = words; !left.empty();) {
                const auto blank = left.find(' ');
                EXPECT_NE(find_target_setting(left.substr(0, blank)), nullptr) << left;
                left = blank == std::string_view::npos ? "" : left.substr(blank + 1);
            }
        }
    }
}

}  // namespace
}  // namespace vedette::config
