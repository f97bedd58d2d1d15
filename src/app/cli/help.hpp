// Everything that is written about the commands, generated from the command table.
#pragma once

#include <string>

#include "app/cli/command.hpp"

namespace vedette::app {

/// `vedette --help`: examples first, every command on a line. Under 80 columns.
[[nodiscard]] std::string program_help(const CommandLine& line);
/// `vedette COMMAND --help`.
[[nodiscard]] std::string command_help(const CommandLine& line, const Command& command);
/// docs/reference/commands.md.
[[nodiscard]] std::string commands_reference(const CommandLine& line);
/// vedette.1 in roff (man macros).
[[nodiscard]] std::string man_page(const CommandLine& line, std::string_view version);

enum class Shell : unsigned char { Bash, Zsh, Fish };
[[nodiscard]] std::string completion_script(const CommandLine& line, Shell shell);

/// `text` in lines of at most 79 columns behind `indent` blanks; empty lines are kept.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent);
/// "-r, --read FILE..." as help, man page and reference spell it.
[[nodiscard]] std::string option_usage(const Option& option);
/// "vedette logs [OPTION...] [FILTER...]".
[[nodiscard]] std::string command_usage(const Command& command);

}  // namespace vedette::app
