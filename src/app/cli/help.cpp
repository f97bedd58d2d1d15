#include "app/cli/help.hpp"

#include <fmt/format.h>

namespace vedette::app {
namespace {

constexpr std::size_t kColumns = 79;
constexpr std::size_t kHelpIndent = 28;

std::string option_lines(std::span<const Option> options) {
    std::string out;
    for (const Option& option : options) {
        const std::string usage = (option.letter == '\0' ? "      " : "  ") + option_usage(option);
        const std::string help = wrapped(option.help, kHelpIndent);
        if (usage.size() + 2 > kHelpIndent) {
            out += usage + '\n' + help;
        } else {
            out += usage + help.substr(usage.size());
        }
    }
    return out;
}

std::string example_lines(std::span<const Example> examples) {
    std::string out;
    for (const Example& example : examples) {
        out += fmt::format("  {}\n", example.command) + wrapped(example.what, 6);
    }
    return out;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t indent) {
    std::string out;
    const std::string margin(indent, ' ');
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        std::string_view paragraph = text.substr(0, newline);
        text = newline == std::string_view::npos ? "" : text.substr(newline + 1);
        std::string line;
        while (!paragraph.empty()) {
            const std::size_t space = paragraph.find(' ');
            const std::string_view word = paragraph.substr(0, space);
            paragraph = space == std::string_view::npos ? "" : paragraph.substr(space + 1);
            if (!line.empty() && margin.size() + line.size() + 1 + word.size() > kColumns) {
                out += margin + line + '\n';
                line.clear();
            }
            if (!line.empty()) line += ' ';
            line += word;
        }
        out += line.empty() ? "\n" : margin + line + '\n';
    }
    return out;
}

std::string option_usage(const Option& option) {
    std::string usage;
    if (option.letter != '\0') usage = fmt::format("-{}, ", option.letter);
    usage += fmt::format("--{}", option.name);
    if (!option.value.empty()) usage += fmt::format(" {}", option.value);
    if (option.count == Count::Many) usage += "...";
    return usage;
}

std::string command_usage(const Command& command) {
    std::string usage = fmt::format("vedette {}", command.name);
    if (!command.options.empty()) usage += " [OPTION...]";
    for (const Operand* const operand : {&command.operand, &command.more}) {
        if (operand->name.empty()) continue;
        std::string name(operand->name);
        if (operand->count == Count::Many) name += "...";
        usage += operand->required ? " " + name : " [" + name + "]";
    }
    return usage;
}

std::string program_help(const CommandLine& line) {
    std::string out =
        "Vedette sees every DNS and DHCP exchange on a network and knows who made it.\n\n"
        "Examples:\n";
    out += example_lines(line.examples);
    out += "\nCommands:\n";
    for (const Command& command : line.commands) {
        out += fmt::format("  {:<12} {}\n", command.name, command.summary);
    }
    out += "\nOptions of every command:\n" + option_lines(line.globals);
    out += "  -h, --help                this text, or the command's\n";
    out += "  -V, --version             the version\n";
    out += "\nvedette COMMAND --help tells more. vedette help filters explains filters.\n";
    return out;
}

std::string command_help(const CommandLine& line, const Command& command) {
    std::string out = fmt::format("{}.\n\nUsage: {}\n", command.summary, command_usage(command));
    if (!command.examples.empty()) out += "\nExamples:\n" + example_lines(command.examples);
    if (!command.description.empty()) out += "\n" + wrapped(command.description, 0);
    for (const Operand* const operand : {&command.operand, &command.more}) {
        if (operand->name.empty()) continue;
        out += fmt::format("\n{}:\n", operand->name) + wrapped(operand->help, 2);
    }
    if (!command.options.empty()) out += "\nOptions:\n" + option_lines(command.options);
    return out + "\nOptions of every command:\n" + option_lines(line.globals);
}

}  // namespace vedette::app
