// A command as data. --help, the man page, the completions and docs/reference/commands.md are all
// generated from these rows, and the command line is parsed by them. Immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace vedette::app {

class Arguments;
class Context;

/// What a value is, for checks and completion.
enum class ValueOf : std::uint8_t {
    Text,
    File,
    Folder,
    Interface,
    Number,
    Choice,
    Filter,
    Setting
};

/// How many values follow.
enum class Count : std::uint8_t { One, Two, Many };

struct Option {
    std::string_view name = {};   ///< without dashes: "read"
    char letter = '\0';           ///< 'r' for -r
    std::string_view value = {};  ///< "FILE"; empty for a switch
    std::string_view help = {};
    ValueOf kind = ValueOf::Text;
    Count count = Count::One;
    std::span<const std::string_view> choices = {};
    std::string_view setting = {};  ///< the settings row that this flag overrides
    std::string_view sets = {};     ///< what a switch writes into it; "true" when empty
};

struct Operand {
    std::string_view name = {};  ///< "FILTER"; empty: the command takes none
    std::string_view help = {};
    ValueOf kind = ValueOf::Text;
    Count count = Count::One;
    bool required = false;
    std::span<const std::string_view> choices = {};
};

struct Example {
    std::string_view command = {};
    std::string_view what = {};
};

/// Runs the command; the number is the exit code.
using RunCommand = Result<int> (*)(Context&, const Arguments&);

struct Command {
    std::string_view name = {};
    std::string_view summary = {};      ///< one line without final dot
    std::string_view description = {};  ///< paragraphs separated by an empty line
    Operand operand = {};
    Operand more = {};  ///< what may follow the operand
    std::span<const Option> options = {};
    std::span<const Example> examples = {};
    RunCommand run = nullptr;
};

/// Everything the program understands.
struct CommandLine {
    std::span<const Command> commands = {};
    std::span<const Option> globals = {};  ///< options of every command
    std::span<const Example> examples = {};
};

[[nodiscard]] const Command* find_command(const CommandLine& line, std::string_view name) noexcept;
[[nodiscard]] const Option* find_option(const CommandLine& line, const Command& command,
                                        std::string_view name) noexcept;

}  // namespace vedette::app
