#include "app/cli/help.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/print_text.hpp"
#include "app/context/version.hpp"
#include "config/reference.hpp"
#include "query/filter/reference.hpp"

namespace vedette::app {

Result<int> run_man(Context& context, const Arguments& arguments) {
    const std::string* const page = arguments.get("reference");
    if (page == nullptr) return print_text(man_page(context.line(), version()));
    if (*page == "filters") return print_text(query::filter_reference());
    if (*page == "settings") return print_text(config::settings_reference());
    return print_text(commands_reference(context.line()));
}

}  // namespace vedette::app
