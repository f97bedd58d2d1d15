#include "app/cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/suggest.hpp"

namespace vedette::app {
namespace {

// Stands for the '-' of a negated filter term while CLI11 looks at the words; no shell types it.
constexpr char kNegation = '\x01';

/// `-name:*.local` is a filter term, not a bundle of one-letter flags.
bool is_negated_term(std::string_view word) noexcept {
    return word.size() > 2 && word[0] == '-' && word[1] != '-' &&
           word.find(':') != std::string_view::npos;
}

std::string flag_names(const Option& option) {
    std::string names = "--" + std::string(option.name);
    if (option.letter != '\0') names += fmt::format(",-{}", option.letter);
    return names;
}

std::optional<std::uint64_t> parse_count(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::string suggestion(std::string_view near) {
    return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

}  // namespace

const std::string* Arguments::get(std::string_view option) const {
    const auto& values = all(option);
    return values.empty() ? nullptr : &values.back();
}

const std::vector<std::string>& Arguments::all(std::string_view option) const {
    static const std::vector<std::string> kNone;
    const auto found = values_.find(option);
    return found == values_.end() ? kNone : found->second;
}

std::string Arguments::joined(std::string_view option) const {
    return fmt::format("{}", fmt::join(all(option), " "));
}

std::uint64_t Arguments::number(std::string_view option, std::uint64_t fallback) const {
    const std::string* const text = get(option);
    return text == nullptr ? fallback : parse_count(*text).value_or(fallback);
}

std::string Arguments::filter_text(std::size_t skip) const {
    std::string text;
    for (std::size_t i = skip; i < operands_.size(); ++i) {
        if (i > skip) text += ' ';
        text += operands_[i];
    }
    return text;
}

/// Builds CLI11's app from the table, runs it, and copies out what was found.
class ArgumentParser {
  public:
    explicit ArgumentParser(const CommandLine& line) : line_(line), app_("vedette", "vedette") {
        app_.set_help_flag();
        app_.allow_extras();
        // Behind the first command, a command's name is an operand: `top clients`, `help watch`.
        app_.require_subcommand(0, 1);
        app_.add_flag("-h,--help", help_);
        app_.add_flag("-V,--version", version_);
        add_options(app_, line.globals);
        for (const Command& command : line.commands) {
            CLI::App* const sub = app_.add_subcommand(std::string(command.name));
            sub->set_help_flag();
            sub->fallthrough();
            sub->allow_extras();
            add_options(*sub, command.options);
            if (!command.operand.name.empty()) {
                auto* const operand =
                    sub->add_option(std::string(command.operand.name), operands_[command.name]);
                operand->expected(0, -1);
            }
        }
    }

    Result<Request> parse(std::vector<std::string> words) {
        // Everything behind "--" is an operand, whatever it looks like.
        const auto end = std::ranges::find(words, "--");
        if (end != words.end()) {
            behind_.assign(end + 1, words.end());
            words.erase(end, words.end());
        }
        for (std::string& word : words) {
            if (is_negated_term(word)) word[0] = kNegation;
        }
        std::ranges::reverse(words);  // CLI11 takes them from the back
        try {
            app_.parse(words);
        } catch (const CLI::Error& error) {
            return fail(ErrorKind::Usage, error.what());
        }
        return finish();
    }

  private:
    void add_options(CLI::App& app, std::span<const Option> options) {
        for (const Option& option : options) {
            Slot& slot = slots_[{&app, option.name}];
            if (option.value.empty()) {
                app.add_flag(flag_names(option), slot.switched);
                continue;
            }
            CLI::Option* const added = app.add_option(flag_names(option), slot.values);
            const int least = option.count == Count::Two ? 2 : 1;
            added->expected(
                least, option.count == Count::Many ? CLI::detail::expected_max_vector_size : least);
            added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            added->allow_extra_args(option.count == Count::Many);
        }
    }

    Result<Request> finish() {
        Request request;
        CLI::App* sub = nullptr;
        if (const auto used = app_.get_subcommands(); !used.empty()) {
            sub = used.front();
            request.command = find_command(line_, sub->get_name());
        }
        if (help_) request.kind = Request::Kind::Help;
        if (version_) request.kind = Request::Kind::Version;
        if (request.kind != Request::Kind::Run) return request;
        const bool takes_operands = sub != nullptr && !request.command->operand.name.empty();
        if (!behind_.empty() && !takes_operands) {
            return fail(ErrorKind::Usage, fmt::format("'{}' stands in no place", behind_.front()));
        }
        VEDETTE_TRY(refuse_extras(request.command));
        collect(app_, line_.globals, request.arguments);
        if (sub != nullptr) {
            collect(*sub, request.command->options, request.arguments);
            request.arguments.operands_ = std::move(operands_[request.command->name]);
            for (std::string& word : request.arguments.operands_) {
                if (!word.empty() && word[0] == kNegation) word[0] = '-';
            }
            std::ranges::move(behind_, std::back_inserter(request.arguments.operands_));
        }
        if (request.command != nullptr) VEDETTE_TRY(check(*request.command, request.arguments));
        return request;
    }

    /// What CLI11 did not recognise.
    Result<void> refuse_extras(const Command* command) const {
        std::vector<std::string> extras = app_.remaining(true);
        if (extras.empty()) return {};
        std::string& word = extras.front();
        if (word[0] == kNegation) word[0] = '-';
        std::vector<std::string_view> known;
        if (word[0] == '-') {
            std::vector<std::string> names;
            if (command != nullptr) {
                for (const Option& o : command->options)
                    names.push_back(fmt::format("--{}", o.name));
            }
            for (const Option& o : line_.globals)
                names.push_back(fmt::format("--{}", o.name));
            known.assign(names.begin(), names.end());
            return fail(
                ErrorKind::Usage,
                fmt::format("unknown option '{}'{}", word.substr(0, word.find('=')),
                            suggestion(nearest_word(word.substr(0, word.find('=')), known))));
        }
        if (command != nullptr) {
            return fail(ErrorKind::Usage, fmt::format("'{}' takes no '{}'", command->name, word));
        }
        for (const Command& c : line_.commands)
            known.push_back(c.name);
        return fail(ErrorKind::Usage, fmt::format("unknown command '{}'{}", word,
                                                  suggestion(nearest_word(word, known))));
    }

    void collect(const CLI::App& app, std::span<const Option> options, Arguments& arguments) {
        for (const Option& option : options) {
            Slot& slot = slots_[{&app, option.name}];
            if (slot.switched) slot.values.emplace_back();
            if (slot.values.empty()) continue;
            for (std::string& value : slot.values) {
                if (!value.empty() && value[0] == kNegation) value[0] = '-';
            }
            if (!option.setting.empty()) {
                const std::string_view separator = option.count == Count::Many ? " " : ",";
                std::string text = slot.switched
                                       ? std::string(option.sets.empty() ? "true" : option.sets)
                                       : fmt::format("{}", fmt::join(slot.values, separator));
                arguments.settings_.emplace_back(option.setting, std::move(text));
            }
            arguments.values_[std::string(option.name)] = std::move(slot.values);
        }
    }

    Result<void> check(const Command& command, const Arguments& arguments) const {
        for (const auto& [name, values] : arguments.values_) {
            const Option* const option = find_option(line_, command, name);
            for (const std::string& value : values) {
                VEDETTE_TRY(check_value(option->kind, option->choices,
                                        fmt::format("--{}", option->name), value));
            }
        }
        const Operand& operand = command.operand;
        if (operand.required && arguments.operands_.empty()) {
            return fail(ErrorKind::Usage,
                        fmt::format("'{}' needs {}: {}", command.name, operand.name, operand.help));
        }
        if (operand.count == Count::One && arguments.operands_.size() > 1 &&
            command.more.name.empty()) {
            return fail(ErrorKind::Usage,
                        fmt::format("'{}' takes one {}, not '{}' as well", command.name,
                                    operand.name, arguments.operands_[1]));
        }
        if (!arguments.operands_.empty() && operand.kind == ValueOf::Choice) {
            return check_value(operand.kind, operand.choices, operand.name,
                               arguments.operands_.front());
        }
        return {};
    }

    static Result<void> check_value(ValueOf kind, std::span<const std::string_view> choices,
                                    std::string_view name, const std::string& value) {
        if (kind == ValueOf::Number && !parse_count(value)) {
            return fail(ErrorKind::Usage,
                        fmt::format("{} takes a whole number, not '{}'", name, value));
        }
        if (kind == ValueOf::Choice && std::ranges::find(choices, value) == choices.end()) {
            return fail(ErrorKind::Usage,
                        fmt::format("{} takes {}, not '{}'{}", name, fmt::join(choices, ", "),
                                    value, suggestion(nearest_word(value, choices))));
        }
        return {};
    }

    struct Slot {
        bool switched = false;
        std::vector<std::string> values;
    };

    const CommandLine& line_;
    CLI::App app_;
    bool help_ = false;
    bool version_ = false;
    std::map<std::pair<const CLI::App*, std::string_view>, Slot> slots_;
    std::map<std::string_view, std::vector<std::string>> operands_;
    std::vector<std::string> behind_;  // the words after "--"
};

Result<Request> parse_arguments(const CommandLine& line, std::vector<std::string> words) {
    return ArgumentParser(line).parse(std::move(words));
}

}  // namespace vedette::app
