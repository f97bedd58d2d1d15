#include "app/program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "app/cli/arguments.hpp"
#include "app/cli/help.hpp"
#include "app/command_table.hpp"
#include "app/commands/commands.hpp"
#include "app/context/context.hpp"
#include "config/load.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

std::optional<std::string> read_environment(std::string_view name) {
    const char* const value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

/// `--set NAME=VALUE` after the flags that have names of their own, so that the last word wins.
Result<config::LoadRequest> load_request(const Arguments& arguments) {
    config::LoadRequest request;
    if (const std::string* const file = arguments.get("config")) request.file = *file;
    request.environment = read_environment;
    request.flags = arguments.settings();
    for (const std::string& text : arguments.all("set")) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos) {
            return fail(ErrorKind::Usage, fmt::format("--set takes NAME=VALUE, not '{}'", text));
        }
        request.flags.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return request;
}

/// Commands that must work with a broken settings file: they are how it is repaired.
bool works_without_settings(const Command& command) noexcept {
    return command.run == run_help || command.run == run_man || command.run == run_version ||
           command.run == run_completion || command.run == run_config || command.run == run_doctor;
}

Result<int> run_request(const Request& request) {
    const CommandLine& line = command_line();
    auto load = load_request(request.arguments);
    if (!load) return std::unexpected(std::move(load).error());
    auto loaded = config::load(*load);
    if (!loaded) {
        if (!works_without_settings(*request.command)) {
            return std::unexpected(std::move(loaded).error());
        }
        loaded = config::Loaded{};
    }
    Context context(line, std::move(*load), std::move(*loaded));
    return request.command->run(context, request.arguments);
}

Result<int> print_help(const Command* command) {
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output).error());
    output->write(command == nullptr ? program_help(command_line())
                                     : command_help(command_line(), *command));
    VEDETTE_TRY(output->finish());
    return 0;
}

Result<int> dispatch(std::vector<std::string> words) {
    if (words.empty()) return print_help(nullptr);
    auto request = parse_arguments(command_line(), std::move(words));
    if (!request) return std::unexpected(std::move(request).error());
    if (request->kind == Request::Kind::Help) return print_help(request->command);
    if (request->kind == Request::Kind::Version) {
        request->command = find_command(command_line(), "version");
    }
    if (request->command == nullptr) {
        return fail(ErrorKind::Usage, "no command given; vedette --help lists them");
    }
    return run_request(*request);
}

/// "Try: vedette logs --help", of the first word that is a command.
std::string hint_for(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        const Command* const command = find_command(command_line(), word);
        if (command != nullptr) return fmt::format("\nTry: vedette {} --help", command->name);
    }
    return "\nTry: vedette --help";
}

}  // namespace

int run_program(std::vector<std::string> words) {
    sys::ignore_broken_pipes();
    const std::string help = hint_for(words);
    const auto result = dispatch(std::move(words));
    if (result) return *result;
    const std::string hint = result.error().kind == ErrorKind::Usage ? help : std::string();
    const std::string message = fmt::format("vedette: {}{}\n", result.error().text, hint);
    std::fwrite(message.data(), 1, message.size(), stderr);
    return exit_code(result.error().kind);
}

}  // namespace vedette::app
