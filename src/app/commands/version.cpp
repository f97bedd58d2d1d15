#include "app/context/version.hpp"

#include "app/commands/commands.hpp"

namespace vedette::app {

Result<int> run_version(Context& context, const Arguments& arguments) {
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    const Format format = Context::format(arguments);
    if (format == Format::Table) {
        output->write("vedette ");
        output->write(version());
        output->write("\n");
    } else {
        Listing listing(*output, format, context.color(*output),
                        {{"version", {"version"}}, {"compiler", {"compiler"}}});
        listing.add({{std::string(version())}, {__VERSION__}});
    }
    VEDETTE_TRY(output->finish());
    return 0;
}

}  // namespace vedette::app
