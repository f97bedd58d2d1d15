#include "sys/interfaces/interface_list.hpp"

#include "app/commands/commands.hpp"
#include "model/vendor/vendor.hpp"
#include "render/log/log_text.hpp"

namespace vedette::app {

Result<int> run_interfaces(Context& context, const Arguments& arguments) {
    const auto interfaces = sys::list_interfaces();
    if (!interfaces) return std::unexpected(interfaces.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"name", {"interface"}},
                     {"state", {"state"}},
                     {"kind", {"kind"}},
                     {"mac", {"mac", render::Align::Left, 0, render::Presence::IfWide}},
                     {"vendor", {"vendor", render::Align::Left, 0, render::Presence::IfWide}},
                     {"addresses", {"addresses", render::Align::Left, 14}},
                     {"sees", {"sees", render::Align::Left, 16}}});
    for (const sys::InterfaceStatus& interface : *interfaces) {
        const auto mac = MacAddress::parse(interface.mac);
        const std::string_view vendor = mac && !mac->is_zero() ? vendor_name(*mac) : "";
        std::string people;
        std::string machine;
        for (const std::string& address : interface.addresses) {
            people.append(people.empty() ? "" : ", ").append(address);
            machine.append(machine.empty() ? "" : " ").append(address);
        }
        listing.add({{interface.name},
                     {std::string(to_text(interface.state))},
                     {std::string(to_text(interface.kind))},
                     {interface.mac},
                     {std::string(render::short_vendor(vendor)), std::string(vendor)},
                     {std::move(people), std::move(machine), ListingCell::Json::List},
                     {std::string(sight_of(interface))}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    if (const auto* const best = sys::best_to_watch(*interfaces); best && output->is_terminal()) {
        context.hint("Listen with: sudo vedette watch -i " + best->name);
    }
    return 0;
}

}  // namespace vedette::app
