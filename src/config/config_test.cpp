#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <map>

#include "config/load.hpp"
#include "config/paths.hpp"
#include "config/reference.hpp"
#include "config/table.hpp"
#include "config/toml_file.hpp"
#include "config/value.hpp"

namespace vedette::config {
namespace {

using testing::HasSubstr;

/// A settings file that lives as long as the test, and an environment of its own.
class ConfigTest : public testing::Test {
  protected:
    void SetUp() override {
        const int fd = ::mkstemp(path_.data());
        ASSERT_GE(fd, 0);
        ::close(fd);
    }
    void TearDown() override { ::unlink(path_.c_str()); }

    void write(std::string_view text) {
        std::FILE* const file = std::fopen(path_.c_str(), "w");
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    }
    Result<Loaded> run(std::vector<std::pair<std::string, std::string>> flags = {}) {
        return load({path_, environment(), std::move(flags)});
    }
    Environment environment() {
        return [this](std::string_view name) -> std::optional<std::string> {
            const auto found = variables_.find(std::string(name));
            if (found == variables_.end()) return std::nullopt;
            return found->second;
        };
    }
    std::string problems(std::string_view text) {
        write(text);
        const auto loaded = run();
        EXPECT_FALSE(loaded) << text;
        if (loaded) return {};
        EXPECT_EQ(loaded.error().kind, ErrorKind::InvalidSettings);
        return loaded.error().text;
    }

    std::string path_ = testing::TempDir() + "vedette-config-XXXXXX";
    std::map<std::string, std::string> variables_;
};

TEST_F(ConfigTest, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
    write("[store]\nkeep_days = 1\nmax_size = \"1GB\"\npath = \"/from/file\"\n");
    variables_["VEDETTE_STORE_MAX_SIZE"] = "2GB";
    variables_["VEDETTE_STORE_PATH"] = "/from/environment";
    const auto loaded = run({{"store.path", "/from/flag"}});
    ASSERT_TRUE(loaded) << loaded.error().text;
    EXPECT_EQ(loaded->settings.store_keep_days, 1);
    EXPECT_EQ(loaded->settings.store_max_size.bytes, 2'000'000'000U);
    EXPECT_EQ(loaded->settings.store_path, "/from/flag");
    EXPECT_TRUE(loaded->settings.capture_promiscuous);
    std::map<std::string_view, std::string> origins;
    for (std::size_t i = 0; i < settings_table().size(); ++i) {
        origins[settings_table()[i].name] = loaded->origins[i];
    }
    EXPECT_EQ(origins["store.keep_days"], path_ + ":2");
    EXPECT_EQ(origins["store.max_size"], "VEDETTE_STORE_MAX_SIZE");
    EXPECT_EQ(origins["store.path"], "flag");
    EXPECT_EQ(origins["capture.promiscuous"], "default");
}

TEST_F(ConfigTest, TellsEveryMistakeWithItsLine) {
    const std::string text = problems(
        "[store]\nkeep_days = -1\npaht = \"/x\"\n[capture]\npromiscuous = \"yes\"\n"
        "interfaces = \"eth0\"\n[display]\ncolor = \"blue\"\n");
    EXPECT_THAT(text, HasSubstr(path_ + ":2:1: store.keep_days takes a number from 0 to 36500, "
                                        "not -1"));
    EXPECT_THAT(text, HasSubstr(":3:1: unknown setting 'store.paht'; did you mean 'store.path'?"));
    EXPECT_THAT(text, HasSubstr(":5:1: capture.promiscuous takes true or false, not \"yes\""));
    EXPECT_THAT(text, HasSubstr(":6:1: capture.interfaces takes a list of texts"));
    EXPECT_THAT(text, HasSubstr(":8:1: display.color takes \"auto\", \"always\", \"never\""));
}

TEST_F(ConfigTest, PointsAtBrokenToml) {
    EXPECT_THAT(problems("[store]\nkeep_days = \n"), HasSubstr(path_ + ":2:"));
    EXPECT_THAT(problems("x = 1\n"), HasSubstr(":1:1: 'x' stands outside a section"));
    EXPECT_THAT(problems("[store]\npath = 1979-05-27\n"), HasSubstr(":2:1: store.path has a kind"));
}

TEST_F(ConfigTest, RangesHoldAtTheirEdges) {
    write("[decode]\nquery_timeout = \"1s\"\ndns_ports = [1, 65535]\n");
    EXPECT_TRUE(run());
    EXPECT_THAT(problems("[decode]\nquery_timeout = \"999ms\"\n"), HasSubstr("\"1s\" to \"5m\""));
    EXPECT_THAT(problems("[decode]\ndns_ports = [0]\n"), HasSubstr("from 1 to 65535"));
    EXPECT_THAT(problems("[decode]\ndns_ports = [65536]\n"), HasSubstr("from 1 to 65535"));
}

TEST_F(ConfigTest, EnvironmentMistakesNameTheVariable) {
    write("");
    variables_["VEDETTE_STORE_KEEP_DAYS"] = "many";
    const auto loaded = run();
    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().text, HasSubstr("VEDETTE_STORE_KEEP_DAYS: store.keep_days takes"));
}

TEST_F(ConfigTest, AMissingFileIsAnErrorOnlyWhenNamed) {
    EXPECT_FALSE(load({"/nonexistent/vedette.toml", environment(), {}}));
    variables_["XDG_CONFIG_HOME"] = "/nonexistent";
    EXPECT_TRUE(load({std::nullopt, environment(), {}}));
}

TEST_F(ConfigTest, TheSampleFileLoadsWithAndWithoutItsComments) {
    write(sample_file());
    ASSERT_TRUE(run());
    std::string active;
    const std::string sample = sample_file();
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const bool hidden = sample[i] == '#' && i + 1 < sample.size() && sample[i + 1] != ' ' &&
                            (i == 0 || sample[i - 1] == '\n');
        if (!hidden) active += sample[i];
    }
    write(active);
    const auto loaded = run();
    ASSERT_TRUE(loaded) << loaded.error().text;
    const Settings defaults;
    for (std::size_t i = 0; i < settings_table().size(); ++i) {
        const Setting& setting = settings_table()[i];
        EXPECT_EQ(toml_text(loaded->settings, setting), toml_text(defaults, setting));
        EXPECT_NE(loaded->origins[i], "default") << setting.name;
    }
}

TEST_F(ConfigTest, EveryDefaultIsWithinItsRange) {
    for (const Setting& setting : settings_table()) {
        const Settings defaults;
        const FileContent content = parse_toml("[x]\ny = " + toml_text(defaults, setting) + "\n");
        ASSERT_EQ(content.entries.size(), 1U) << setting.name;
        Settings copy;
        EXPECT_TRUE(assign(copy, setting, content.entries[0].value)) << setting.name;
        EXPECT_FALSE(setting.help.empty());
        EXPECT_NE(settings_reference().find(environment_name(setting)), std::string::npos);
    }
}

TEST_F(ConfigTest, TextOfFlagsSplitsLists) {
    Settings settings;
    ASSERT_TRUE(assign_text(settings, *find_setting("capture.interfaces"), "eth0,eth1"));
    EXPECT_EQ(settings.capture_interfaces, (TextList{"eth0", "eth1"}));
    ASSERT_TRUE(assign_text(settings, *find_setting("decode.dns_ports"), "53,8053"));
    EXPECT_EQ(settings.decode_dns_ports, (NumberList{53, 8053}));
    EXPECT_FALSE(assign_text(settings, *find_setting("decode.dns_ports"), "53,x"));
    ASSERT_TRUE(assign_text(settings, *find_setting("store.enabled"), "no"));
    EXPECT_FALSE(settings.store_enabled);
}

TEST_F(ConfigTest, AKeyThatIsNoneIsAProblemWithAPlace) {
    const FileContent content = parse_toml("[$x]\nkeep_days = 1\n");
    ASSERT_EQ(content.problems.size(), 1U);
    EXPECT_EQ(content.problems[0].line, 1U);
    EXPECT_EQ(content.problems[0].column, 2U);
}

TEST_F(ConfigTest, FoldersFollowTheAccount) {
    variables_["HOME"] = "/people/ada";
    EXPECT_EQ(data_directory(environment(), Account::Person), "/people/ada/.local/share/vedette");
    EXPECT_EQ(data_directory(environment(), Account::Root), "/var/lib/vedette");
    variables_["XDG_DATA_HOME"] = "relative";  // XDG: relative paths are ignored
    EXPECT_EQ(data_directory(environment(), Account::Person), "/people/ada/.local/share/vedette");
    variables_["XDG_DATA_HOME"] = "/data";
    EXPECT_EQ(data_directory(environment(), Account::Person), "/data/vedette");
    variables_["STATE_DIRECTORY"] = "/var/lib/vedette:/other";
    EXPECT_EQ(data_directory(environment(), Account::Person), "/var/lib/vedette");
}

}  // namespace
}  // namespace vedette::config
