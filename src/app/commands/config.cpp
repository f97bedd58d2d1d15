#include <fmt/format.h>

#include "app/commands/commands.hpp"
#include "app/commands/print_text.hpp"
#include "app/notify/notify_paths.hpp"
#include "config/load.hpp"
#include "config/reference.hpp"
#include "config/table.hpp"
#include "config/target_table.hpp"
#include "config/value.hpp"

namespace vedette::app {
namespace {

/// Of each target its type and what was set; the defaults are in the reference.
void show_targets(Listing& listing, const config::Loaded& loaded) {
    const auto table = config::target_table();
    for (std::size_t t = 0; t < loaded.settings.notify.size(); ++t) {
        const config::NotifyTarget& target = loaded.settings.notify[t];
        for (std::size_t i = 0; i < table.size(); ++i) {
            if (loaded.target_origins[t][i] == "default") continue;
            listing.add({{fmt::format("notify.{}.{}", target.name, table[i].key())},
                         {config::toml_text(target, table[i]),
                          {},
                          ListingCell::Json::Text,
                          render::Tone::Strong},
                         {loaded.target_origins[t][i]}});
        }
    }
}

Result<int> show(Context& context, const Arguments& arguments) {
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"setting", {"setting"}},
                     {"value", {"value", render::Align::Left, 12}},
                     {"origin", {"from", render::Align::Left, 12}}});
    const config::Loaded& loaded = context.loaded();
    const auto table = config::settings_table();
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool changed = loaded.origins[i] != "default";
        listing.add({{std::string(table[i].name)},
                     {config::toml_text(loaded.settings, table[i]),
                      {},
                      ListingCell::Json::Text,
                      changed ? render::Tone::Strong : render::Tone::Plain},
                     {loaded.origins[i]}});
    }
    show_targets(listing, loaded);
    listing.finish();
    VEDETTE_TRY(output->finish());
    return 0;
}

}  // namespace

Result<int> run_config(Context& context, const Arguments& arguments) {
    const std::string& action = arguments.operands().front();
    if (action == "sample") return print_text(config::sample_file());
    const std::string file = config::find_file(context.load_request());
    if (action == "path") {
        if (!file.empty()) return print_text(file + "\n");
        context.say(
            "No settings file; the defaults are in force. The first of these would be "
            "read:");
        for (const std::string& path :
             config::settings_candidates(context.load_request().environment)) {
            context.say("  " + path);
        }
        return 1;
    }
    // The program goes on with defaults for this command, so read again to hear what is wrong.
    const auto loaded = config::load(context.load_request());
    if (!loaded) return std::unexpected(loaded.error());
    if (action == "show") return show(context, arguments);
    if (const auto targets = notify_targets(context); !targets)
        return std::unexpected(targets.error());
    return print_text(file.empty() ? std::string("No settings file; the defaults are in force.\n")
                                   : fmt::format("{}: good\n", file));
}

}  // namespace vedette::app
