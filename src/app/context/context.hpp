// What every command works with: settings, streams, colour, the clock and the command table. Built
// once per run of the program and passed down; nothing here is global.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/cli/arguments.hpp"
#include "app/cli/command.hpp"
#include "app/output/listing.hpp"
#include "app/output/output.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "config/load.hpp"
#include "config/paths.hpp"
#include "model/filter.hpp"

namespace vedette::app {

class Context {
  public:
    Context(const CommandLine& line, config::LoadRequest request, config::Loaded loaded);

    [[nodiscard]] const CommandLine& line() const noexcept { return line_; }
    [[nodiscard]] const config::Settings& settings() const noexcept { return loaded_.settings; }
    [[nodiscard]] const config::Loaded& loaded() const noexcept { return loaded_; }
    [[nodiscard]] const config::LoadRequest& load_request() const noexcept { return request_; }
    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

    /// Colour on a stream that is a terminal or not, by the setting and the environment.
    enum class Stream : unsigned char { Terminal, Other };
    [[nodiscard]] render::Color color(Stream stream) const;
    [[nodiscard]] render::Color color(const Output& output) const {
        return color(output.is_terminal() ? Stream::Terminal : Stream::Other);
    }

    /// The stream for results: `-o FILE`, else standard output.
    [[nodiscard]] static Result<Output> open_output(const Arguments& arguments);
    /// `--json` or `--format`, else a table.
    [[nodiscard]] static Format format(const Arguments& arguments);
    /// The operands after the first `skip` as a filter; a mistake is shown with its caret.
    [[nodiscard]] Result<Filter> filter(const Arguments& arguments, std::size_t skip = 0) const;
    /// The same for any text.
    [[nodiscard]] Result<Filter> parse_filter_text(const std::string& text) const;

    /// Where data is kept when no setting names a place: the account's own folder.
    [[nodiscard]] std::string data_folder() const;
    /// The database: the setting, else the account's own place.
    [[nodiscard]] std::string store_path() const;
    /// For good, when the sockets are open: becomes the user of the settings, if there is one; as
    /// root without one, only the right to open files is kept. Capabilities are a thread's own, so
    /// this comes before the store and the pipeline start theirs.
    [[nodiscard]] Result<void> give_up_privileges() const;
    /// A message for a person, on standard error, newline added.
    void say(std::string_view message) const;
    /// What could be typed next; not said inside a demo.
    void hint(std::string_view message) const {
        if (hints_ == Hints::Given) say(message);
    }
    enum class Hints : unsigned char { Given, Kept };
    void set_hints(Hints hints) noexcept { hints_ = hints; }
    [[nodiscard]] std::optional<std::string> environment(std::string_view name) const {
        return request_.environment(name);
    }

  private:
    const CommandLine& line_;
    config::LoadRequest request_;
    config::Loaded loaded_;
    config::Account account_;  // at the start: a run may become another user
    SystemClock clock_;
    Hints hints_ = Hints::Given;
};

/// 0 ok, 1 failed, 2 usage, 3 privilege missing, 4 settings wrong.
[[nodiscard]] int exit_code(ErrorKind kind) noexcept;

}  // namespace vedette::app
