// clients, leases, top and stats: one query of the store each, printed as a listing.
#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.hpp"
#include "app/commands/store_access.hpp"
#include "app/watch/summary.hpp"
#include "base/units.hpp"
#include "render/log/log_text.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::app {
namespace {

using Json = ListingCell::Json;
using render::Align;
using render::Presence;

/// What every listing of the store needs, opened in order.
struct Query {
    Filter filter;
    std::unique_ptr<store::EventReader> reader;
    Output output;
    std::uint64_t limit;
};

Result<Query> open_query(const Context& context, const Arguments& arguments, std::size_t skip,
                         std::uint64_t default_limit) {
    auto filter = context.filter(arguments, skip);
    if (!filter) return std::unexpected(std::move(filter).error());
    auto reader = open_store_reader(context);
    if (!reader) return std::unexpected(std::move(reader).error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    const std::uint64_t limit = arguments.number("limit", default_limit);
    return Query{std::move(*filter), std::move(*reader), std::move(*output), limit};
}

ListingCell number(std::uint64_t value) {
    return {grouped(value), fmt::format("{}", value), Json::Number};
}

ListingCell moment(Timestamp time) {
    if (!time.known()) return {};
    return {sys::date_text(time) + " " + sys::clock_text(time).substr(0, 8), sys::iso_text(time)};
}

ListingCell address(const IpAddress& ip) {
    return {ip.is_unspecified() ? std::string() : ip.to_text()};
}

std::string joined_addresses(const std::vector<IpAddress>& addresses, std::string_view between) {
    std::string text;
    for (const IpAddress& ip : addresses) {
        text.append(text.empty() ? "" : between).append(ip.to_text());
    }
    return text;
}

Result<int> finish(const Context& context, Listing& listing, Output& output) {
    listing.finish();
    VEDETTE_TRY(output.finish());
    if (listing.rows() == 0) context.say("Nothing matches. vedette stats shows what is stored.");
    return 0;
}

bool is_over(std::uint64_t limit, const Listing& listing) {
    return limit != 0 && listing.rows() == limit;
}

constexpr std::string_view kTopTitles[] = {"name", "client", "vendor", "type", "rcode", "resolver"};

}  // namespace

Result<int> run_clients(Context& context, const Arguments& arguments) {
    const auto& words = arguments.operands();
    if (!words.empty() && is_policy_action(words.front())) {
        return run_client_policy(context, arguments);
    }
    auto query = open_query(context, arguments, 0, 0);
    if (!query) return std::unexpected(std::move(query).error());
    auto rows = query->reader->clients(query->filter);
    if (!rows) return std::unexpected(std::move(rows).error());
    Listing listing(query->output, Context::format(arguments), context.color(query->output),
                    {{"mac", {"client"}},
                     {"vendor", {"vendor", Align::Left, 6}},
                     {"host_name", {"host", Align::Left, 6, Presence::IfFilled}},
                     {"addresses", {"addresses", Align::Left, 15}},
                     {"queries", {"queries", Align::Right}},
                     {"answers", {"answers", Align::Right, 0, Presence::IfWide}},
                     {"dhcp_messages", {"dhcp", Align::Right, 0, Presence::Always, 1}},
                     {"first_seen", {"first seen", Align::Left, 0, Presence::IfWide}},
                     {"last_seen", {"last seen"}}});
    for (const ClientRow& row : *rows) {
        if (is_over(query->limit, listing)) break;
        listing.add({{row.mac.to_text()},
                     {std::string(render::short_vendor(row.vendor)), row.vendor},
                     {row.host},
                     {joined_addresses(row.addresses, ", "), joined_addresses(row.addresses, " "),
                      Json::List},
                     number(row.queries),
                     number(row.answers),
                     number(row.dhcp_messages),
                     moment(row.first_seen),
                     moment(row.last_seen)});
    }
    return finish(context, listing, query->output);
}

Result<int> run_leases(Context& context, const Arguments& arguments) {
    auto query = open_query(context, arguments, 0, 0);
    if (!query) return std::unexpected(std::move(query).error());
    auto rows = query->reader->leases(query->filter);
    if (!rows) return std::unexpected(std::move(rows).error());
    Listing listing(query->output, Context::format(arguments), context.color(query->output),
                    {{"address", {"address"}},
                     {"mac", {"client"}},
                     {"vendor", {"vendor", Align::Left, 6, Presence::Always, 1}},
                     {"host_name", {"host", Align::Left, 6, Presence::IfFilled, 2}},
                     {"server", {"server"}},
                     {"state", {"state"}},
                     {"start", {"start"}},
                     {"end", {"end", Align::Left, 0, Presence::IfWide}}});
    for (const LeaseRow& row : *rows) {
        if (is_over(query->limit, listing)) break;
        listing.add({address(row.address),
                     {row.mac.to_text()},
                     {std::string(render::short_vendor(row.vendor)), row.vendor},
                     {row.host},
                     address(row.server),
                     {std::string(to_text(row.state))},
                     moment(row.start),
                     moment(row.end)});
    }
    return finish(context, listing, query->output);
}

Result<int> run_top(Context& context, const Arguments& arguments) {
    auto query = open_query(context, arguments, 1, 10);
    if (!query) return std::unexpected(std::move(query).error());
    // The table's choices stand in the order of TopKind.
    const auto choices = find_command(context.line(), "top")->operand.choices;
    const auto kind = static_cast<std::size_t>(
        std::ranges::find(choices, arguments.operands().front()) - choices.begin());
    auto rows = query->reader->top(static_cast<TopKind>(kind), query->filter,
                                   static_cast<std::uint32_t>(query->limit));
    if (!rows) return std::unexpected(std::move(rows).error());
    Listing listing(query->output, Context::format(arguments), context.color(query->output),
                    {{"count", {"count", Align::Right}},
                     {kTopTitles[kind], {std::string(kTopTitles[kind]), Align::Left, 16}},
                     {"detail", {"", Align::Left, 8, Presence::IfFilled}}});
    for (const TopRow& row : *rows)
        listing.add({number(row.count), {row.key}, {row.detail}});
    return finish(context, listing, query->output);
}

Result<int> run_stats(Context& context, const Arguments& arguments) {
    auto query = open_query(context, arguments, 0, 0);
    if (!query) return std::unexpected(std::move(query).error());
    const auto stats = query->reader->statistics();
    if (!stats) return std::unexpected(stats.error());
    const std::vector<std::pair<std::string_view, ListingCell>> facts{
        {"store", {context.store_path()}},
        {"bytes_on_disk",
         {rounded_bytes_text(stats->bytes_on_disk), fmt::format("{}", stats->bytes_on_disk),
          Json::Number}},
        {"schema_version", number(static_cast<std::uint64_t>(stats->schema_version))},
        {"transactions", number(stats->transactions)},
        {"dhcp_messages", number(stats->dhcp_messages)},
        {"clients", number(stats->clients)},
        {"leases", number(stats->leases)},
        {"names", number(stats->names)},
        {"rdata", number(stats->rdata)},
        {"oldest", moment(stats->oldest)},
        {"newest", moment(stats->newest)},
        {"not_stored", number(stats->not_stored)},
    };
    const Format format = Context::format(arguments);
    if (format == Format::Table) {
        for (const auto& [key, cell] : facts) {
            query->output.write(fmt::format("{:<15} {}\n", key, cell.text));
        }
    } else {
        std::vector<ListingColumn> columns;
        std::vector<ListingCell> cells;
        for (const auto& [key, cell] : facts) {
            columns.push_back({key, {std::string(key)}});
            cells.push_back(cell);
        }
        Listing listing(query->output, format, render::Color::Off, std::move(columns));
        listing.add(std::move(cells));
    }
    VEDETTE_TRY(query->output.finish());
    return 0;
}

}  // namespace vedette::app
