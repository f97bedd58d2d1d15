#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "app/commands/commands.hpp"
#include "app/watch/summary.hpp"
#include "base/units.hpp"
#include "store/sqlite/sensors/sensor_book.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::app {
namespace {

using Json = ListingCell::Json;

/// The server writes every two seconds; after this it is taken as gone.
const Duration kServerSilence = Duration::seconds(10);

ListingCell number(std::uint64_t value, render::Tone tone = render::Tone::Plain) {
    return {grouped(value), fmt::format("{}", value), Json::Number, tone};
}

ListingCell moment(Timestamp time) {
    if (!time.known()) return {};
    return {sys::date_text(time) + " " + sys::clock_text(time).substr(0, 8), sys::iso_text(time)};
}

ListingCell lag(const SensorStatus& row) {
    const auto millis = row.lag.nanos / kNanosPerMilli;
    return {fmt::format("{} ms", millis), fmt::format("{}", millis), Json::Number};
}

}  // namespace

std::string sensors_path(const Context& context) {
    return (std::filesystem::path(context.store_path()).parent_path() / "sensors.db").string();
}

Result<int> run_sensors(Context& context, const Arguments& arguments) {
    const std::string path = sensors_path(context);
    if (::access(path.c_str(), F_OK) != 0)
        return fail(ErrorKind::NotFound,
                    fmt::format("no sensor has been here: {} does not exist. `vedette collect` "
                                "makes it",
                                path));
    auto book = store::SensorBook::open(path, store::OpenMode::ReadOnly);
    if (!book) return std::unexpected(std::move(book).error());
    const auto rows = book->list();
    if (!rows) return std::unexpected(rows.error());
    const auto written = book->written();
    if (!written) return std::unexpected(written.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    const bool running = context.clock().now() - *written < kServerSilence;
    using render::Align;
    using render::Presence;
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"sensor", {"sensor"}},
                     {"state", {"state"}},
                     {"since", {"since"}},
                     {"peer", {"address", Align::Left, 9, Presence::IfWide}},
                     {"events", {"events", Align::Right}},
                     {"dropped", {"dropped", Align::Right}},
                     {"lag_ms", {"lag", Align::Right}},
                     {"waiting_batches", {"waiting", Align::Right}},
                     {"spool_bytes", {"spool", Align::Right, 0, Presence::IfWide}},
                     {"last_seen", {"last seen", Align::Left, 0, Presence::IfWide}},
                     {"version", {"version", Align::Left, 0, Presence::IfWide}}});
    for (const SensorStatus& row : *rows) {
        const bool connected = row.connected && running;
        listing.add(
            {{row.sensor},
             {connected ? "connected" : "away",
              {},
              Json::Text,
              connected ? render::Tone::Good : render::Tone::Warning},
             moment(row.since),
             {row.peer},
             number(row.events),
             number(row.dropped, row.dropped != 0 ? render::Tone::Bad : render::Tone::Plain),
             lag(row),
             number(row.spooled_batches),
             {rounded_bytes_text(row.spooled_bytes), fmt::format("{}", row.spooled_bytes),
              Json::Number},
             moment(row.last_seen),
             {row.version}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    if (rows->empty()) context.say("No sensor has been here yet.");
    if (!running) context.say("The log server is not running: vedette collect");
    return 0;
}

}  // namespace vedette::app
