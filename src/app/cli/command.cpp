#include "app/cli/command.hpp"

namespace vedette::app {

const Command* find_command(const CommandLine& line, std::string_view name) noexcept {
    for (const Command& command : line.commands) {
        if (command.name == name) return &command;
    }
    return nullptr;
}

const Option* find_option(const CommandLine& line, const Command& command,
                          std::string_view name) noexcept {
    for (const std::span<const Option> options : {command.options, line.globals}) {
        for (const Option& option : options) {
            if (option.name == name) return &option;
        }
    }
    return nullptr;
}

}  // namespace vedette::app
