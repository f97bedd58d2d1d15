#include "app/context/context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "query/filter/parse.hpp"
#include "sys/os/privileges.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {

Context::Context(const CommandLine& line, config::LoadRequest request, config::Loaded loaded)
    : line_(line),
      request_(std::move(request)),
      loaded_(std::move(loaded)),
      account_(sys::is_root() ? config::Account::Root : config::Account::Person) {}

render::Color Context::color(Stream stream) const {
    const std::string& wish = settings().display_color;
    if (wish == "always") return render::Color::On;
    const bool plain = environment("NO_COLOR") || environment("TERM") == "dumb";
    if (wish == "never" || plain || stream == Stream::Other) return render::Color::Off;
    return render::Color::On;
}

Result<Output> Context::open_output(const Arguments& arguments) {
    const std::string* const path = arguments.get("output");
    return Output::open(path == nullptr ? "-" : *path);
}

Format Context::format(const Arguments& arguments) {
    if (arguments.has("json")) return Format::Jsonl;
    const std::string* const name = arguments.get("format");
    if (name == nullptr || *name == "table") return Format::Table;
    if (*name == "csv") return Format::Csv;
    return *name == "tsv" ? Format::Tsv : Format::Jsonl;
}

Result<Filter> Context::parse_filter_text(const std::string& text) const {
    auto filter = query::parse_filter(text, clock_.now());
    if (filter) return std::move(*filter);
    std::string message = query::explain(text, filter.error());
    message.pop_back();
    return fail(ErrorKind::Usage, std::move(message));
}

Result<Filter> Context::filter(const Arguments& arguments, std::size_t skip) const {
    return parse_filter_text(arguments.filter_text(skip));
}

std::string Context::store_path() const {
    if (!settings().store_path.empty()) return settings().store_path;
    return data_folder() + "/vedette.db";
}

std::string Context::data_folder() const {
    return config::data_directory(request_.environment, account_);
}

Result<void> Context::give_up_privileges() const {
    const std::string& user = settings().process_user;
    const bool stays_root = user.empty() && sys::is_root();
    return sys::drop_privileges(user, stays_root ? sys::Keep::FileAccess : sys::Keep::Nothing);
}

void Context::say(std::string_view message) const {
    const std::string line = fmt::format("{}\n", message);
    // Nothing can be done when even standard error is gone.
    [[maybe_unused]] const ssize_t written = ::write(sys::kStandardError, line.data(), line.size());
}

int exit_code(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::Usage:
            return 2;
        case ErrorKind::Permission:
            return 3;
        case ErrorKind::InvalidSettings:
            return 4;
        default:
            return 1;
    }
}

}  // namespace vedette::app
