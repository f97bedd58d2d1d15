#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "app/cli/arguments.hpp"
#include "app/cli/help.hpp"

namespace vedette::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<std::string_view, 2> kFormats{"table", "csv"};
constexpr std::array kOptions{
    Option{.name = "read",
           .letter = 'r',
           .value = "FILE",
           .help = "Read files.",
           .kind = ValueOf::File,
           .count = Count::Many},
    Option{.name = "limit", .letter = 'n', .value = "N", .help = "Rows.", .kind = ValueOf::Number},
    Option{.name = "format",
           .value = "FORMAT",
           .help = "How.",
           .kind = ValueOf::Choice,
           .choices = kFormats},
    Option{.name = "interface",
           .letter = 'i',
           .value = "NAME",
           .help = "Where.",
           .kind = ValueOf::Interface,
           .setting = "capture.interfaces"},
    Option{
        .name = "no-store", .help = "Keep nothing.", .setting = "store.enabled", .sets = "false"},
    Option{.name = "quiet", .letter = 'q', .help = "Say nothing."},
};
constexpr std::array kGlobals{Option{
    .name = "config", .letter = 'c', .value = "FILE", .help = "Settings.", .kind = ValueOf::File}};
constexpr std::array kExamples{Example{"vedette look", "look"}};
constexpr std::array kCommands{
    Command{.name = "look",
            .summary = "Look around",
            .operand =
                {.name = "FILTER", .help = "What.", .kind = ValueOf::Filter, .count = Count::Many},
            .options = kOptions},
    Command{.name = "show",
            .summary = "Show it",
            .operand = {.name = "WHAT",
                        .help = "Which.",
                        .kind = ValueOf::Choice,
                        .required = true,
                        .choices = kFormats}},
    Command{.name = "quit", .summary = "Stop"},
};
constexpr CommandLine kLine{kCommands, kGlobals, kExamples};

Request good(std::vector<std::string> words) {
    auto request = parse_arguments(kLine, std::move(words));
    EXPECT_TRUE(request) << request.error().text;
    return request ? std::move(*request) : Request{};
}

std::string bad(std::vector<std::string> words) {
    const auto request = parse_arguments(kLine, std::move(words));
    EXPECT_FALSE(request);
    if (request) return {};
    EXPECT_EQ(request.error().kind, ErrorKind::Usage);
    return request.error().text;
}

TEST(ParseArguments, ReadsOptionsAndOperands) {
    const Request request = good({"-c", "x.toml", "look", "-n5", "vendor:apple", "--format=csv",
                                  "-r", "a", "b", "-q", "--no-store", "-i", "eth0", "-i", "eth1"});
    ASSERT_NE(request.command, nullptr);
    EXPECT_EQ(request.command->name, "look");
    const Arguments& arguments = request.arguments;
    EXPECT_EQ(*arguments.get("config"), "x.toml");
    EXPECT_EQ(arguments.number("limit", 0), 5U);
    EXPECT_EQ(*arguments.get("format"), "csv");
    EXPECT_THAT(arguments.all("read"), ElementsAre("a", "b"));
    EXPECT_TRUE(arguments.has("quiet"));
    EXPECT_EQ(arguments.filter_text(), "vendor:apple");
    EXPECT_THAT(arguments.settings(),
                ElementsAre(std::pair<std::string, std::string>("capture.interfaces", "eth0,eth1"),
                            std::pair<std::string, std::string>("store.enabled", "false")));
}

TEST(ParseArguments, GlobalsMayFollowTheCommand) {
    EXPECT_EQ(*good({"look", "--config", "y"}).arguments.get("config"), "y");
}

TEST(ParseArguments, NamesOfCommandsMayBeOperands) {
    const Request request = good({"look", "show"});
    EXPECT_EQ(request.command->name, "look");
    EXPECT_THAT(request.arguments.operands(), ElementsAre("show"));
}

TEST(ParseArguments, NegatedTermsAreNotFlags) {
    EXPECT_EQ(good({"look", "type:A", "-name:*.local"}).arguments.filter_text(),
              "type:A -name:*.local");
    EXPECT_EQ(good({"look", "--", "-word"}).arguments.filter_text(), "-word");
    EXPECT_EQ(good({"look", "-r", "-"}).arguments.all("read").at(0), "-");
}

TEST(ParseArguments, HelpAndVersionWinOverMistakes) {
    EXPECT_EQ(good({"--help"}).kind, Request::Kind::Help);
    EXPECT_EQ(good({"look", "-h"}).command->name, "look");
    EXPECT_EQ(good({"show", "--help"}).kind, Request::Kind::Help);
    EXPECT_EQ(good({"-V"}).kind, Request::Kind::Version);
    EXPECT_EQ(good({}).command, nullptr);
}

TEST(ParseArguments, MistakesGetASuggestion) {
    EXPECT_EQ(bad({"lokk"}), "unknown command 'lokk'; did you mean 'look'?");
    EXPECT_EQ(bad({"look", "--fromat", "csv"}),
              "unknown option '--fromat'; did you mean '--format'?");
    EXPECT_EQ(bad({"look", "--format", "cvs"}),
              "--format takes table, csv, not 'cvs'; did you mean 'csv'?");
    EXPECT_EQ(bad({"look", "-n", "five"}), "--limit takes a whole number, not 'five'");
    EXPECT_EQ(bad({"show"}), "'show' needs WHAT: Which.");
    EXPECT_EQ(bad({"show", "csv", "table"}), "'show' takes one WHAT, not 'table' as well");
    EXPECT_EQ(bad({"quit", "now"}), "'quit' takes no 'now'");
    EXPECT_THAT(bad({"look", "--limit"}), HasSubstr("--limit"));
}

TEST(Help, FitsEightyColumns) {
    for (const std::string& text : {program_help(kLine), command_help(kLine, kCommands[0])}) {
        std::size_t start = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos;
             start = end + 1, end = text.find('\n', start)) {
            EXPECT_LT(end - start, 80U) << text.substr(start, end - start);
        }
    }
    EXPECT_THAT(command_help(kLine, kCommands[0]),
                HasSubstr("  -r, --read FILE...        Read files.\n"));
}

TEST(Wrapped, BreaksAtBlanks) {
    EXPECT_EQ(wrapped("one two", 2), "  one two\n");
    const std::string text = wrapped(std::string(60, 'a') + " " + std::string(60, 'b'), 4);
    EXPECT_EQ(text, "    " + std::string(60, 'a') + "\n    " + std::string(60, 'b') + "\n");
    EXPECT_EQ(wrapped("a\n\nb", 1), " a\n\n b\n");
}

TEST(Generated, EveryOptionIsEverywhere) {
    const std::array<std::string, 5> texts{
        commands_reference(kLine), man_page(kLine, "1"), completion_script(kLine, Shell::Bash),
        completion_script(kLine, Shell::Zsh), completion_script(kLine, Shell::Fish)};
    for (const std::string& text : texts) {
        for (const Command& command : kCommands)
            EXPECT_THAT(text, HasSubstr(command.name));
        for (const Option& option : kOptions) {
            const bool found = text.find(option.name) != std::string::npos ||
                               text.find("no\\-store") != std::string::npos;
            EXPECT_TRUE(found) << option.name;
        }
    }
}

}  // namespace
}  // namespace vedette::app
