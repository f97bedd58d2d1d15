#include <fmt/format.h>

#include "app/cli/help.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/print_text.hpp"
#include "base/suggest.hpp"
#include "query/filter/reference.hpp"

namespace vedette::app {

Result<int> run_help(Context& context, const Arguments& arguments) {
    if (arguments.operands().empty()) return print_text(program_help(context.line()));
    const std::string& topic = arguments.operands().front();
    if (topic == "filters" || topic == "filter") return print_text(query::filter_help());
    if (const Command* const command = find_command(context.line(), topic)) {
        return print_text(command_help(context.line(), *command));
    }
    std::vector<std::string_view> topics{"filters"};
    for (const Command& command : context.line().commands)
        topics.push_back(command.name);
    const std::string_view near = nearest_word(topic, topics);
    return fail(ErrorKind::Usage,
                fmt::format("no help on '{}'{}", topic,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace vedette::app
