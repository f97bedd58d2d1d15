// The command line as parsed: which command, which options with which values, which operands.
// CLI11 does the parsing and is seen only in arguments.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/command.hpp"
#include "base/result.hpp"

namespace vedette::app {

class Arguments {
  public:
    [[nodiscard]] bool has(std::string_view option) const { return !all(option).empty(); }
    /// The last value given, or null.
    [[nodiscard]] const std::string* get(std::string_view option) const;
    [[nodiscard]] const std::vector<std::string>& all(std::string_view option) const;
    /// The values joined by spaces: `--bpf udp port 53`.
    [[nodiscard]] std::string joined(std::string_view option) const;
    /// Checked while parsing; `fallback` when the option was not given.
    [[nodiscard]] std::uint64_t number(std::string_view option, std::uint64_t fallback) const;
    [[nodiscard]] const std::vector<std::string>& operands() const noexcept { return operands_; }
    /// The operands after the first `skip` as one filter text.
    [[nodiscard]] std::string filter_text(std::size_t skip = 0) const;
    /// Settings that flags override: name and text.
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& settings() const {
        return settings_;
    }

  private:
    friend class ArgumentParser;
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
    std::vector<std::string> operands_;
    std::vector<std::pair<std::string, std::string>> settings_;
};

/// What the user asked for. `command` is null when none was named.
struct Request {
    enum class Kind : unsigned char { Run, Help, Version };
    Kind kind = Kind::Run;
    const Command* command = nullptr;
    Arguments arguments;
};

/// `words` are argv without the program's name. Errors are of kind Usage, with a suggestion.
[[nodiscard]] Result<Request> parse_arguments(const CommandLine& line,
                                              std::vector<std::string> words);

}  // namespace vedette::app
