#include "app/cli/help.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/print_text.hpp"

namespace vedette::app {

Result<int> run_completion(Context& context, const Arguments& arguments) {
    const std::string& name = arguments.operands().front();
    const Shell shell = name == "zsh" ? Shell::Zsh : name == "fish" ? Shell::Fish : Shell::Bash;
    return print_text(completion_script(context.line(), shell));
}

}  // namespace vedette::app
