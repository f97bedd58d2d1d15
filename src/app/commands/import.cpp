#include <fmt/format.h>

#include <map>

#include "app/commands/commands.hpp"
#include "app/commands/store_access.hpp"
#include "app/watch/summary.hpp"
#include "service/importer/importer.hpp"
#include "store/sqlite/sensor_streams.hpp"

namespace vedette::app {
namespace {

using Done = std::map<std::pair<std::string, std::string>, std::uint64_t>;

Result<Done> load_done(const std::string& path) {
    const auto streams = store::read_sensor_streams(path);
    if (!streams) return std::unexpected(streams.error());
    Done done;
    for (const store::SensorStream& stream : *streams)
        done[{stream.sensor, stream.stream}] = stream.sequence;
    return done;
}

Result<void> check_format(const std::string& format) {
    if (format.empty() || format == "dnstap" || importer::find_format(format) != nullptr) return {};
    std::string known;
    for (const importer::FormatInfo& row : importer::format_table())
        known += fmt::format("{}, ", row.name);
    return fail(ErrorKind::Usage,
                fmt::format("'{}' is no format; there are {}dnstap", format, known));
}

void tell(const Context& context, const std::string& path, const importer::ImportReport& report) {
    std::string text = fmt::format("{}: {}: {} events from {} lines", path, report.format,
                                   grouped(report.events), grouped(report.lines));
    if (report.before >= report.lines && report.lines != 0)
        text = fmt::format("{}: {}: everything was stored before", path, report.format);
    else if (report.before != 0)
        text += fmt::format("; the first {} were stored before", grouped(report.before));
    context.say(text);
    if (report.damaged == 0 && report.problem.empty()) return;
    if (!report.problem.empty()) context.say(fmt::format("  {}", report.problem));
    for (const importer::DamagedLine& line : report.first_damaged)
        context.say(fmt::format("  line {}: {}", line.line, line.why));
    if (report.damaged > report.first_damaged.size())
        context.say(fmt::format("  {} damaged lines in all", grouped(report.damaged)));
}

std::string option(const Arguments& arguments, std::string_view name) {
    const std::string* const value = arguments.get(name);
    return value == nullptr ? std::string() : *value;
}

}  // namespace

Result<int> run_import(Context& context, const Arguments& arguments) {
    importer::ImportOptions options;
    options.format = option(arguments, "format");
    options.sensor = option(arguments, "sensor");
    options.again = arguments.has("again");
    VEDETTE_TRY(check_format(options.format));
    auto writer = open_store_writer(context);
    if (!writer) return std::unexpected(std::move(writer).error());
    const auto done = load_done(context.store_path());
    if (!done) return std::unexpected(done.error());
    Done progress = *done;
    options.stored = [&](const std::string& sensor, const std::string& stream) {
        return progress[{sensor, stream}];
    };
    const std::uint64_t lost_before = (*writer)->statistics().not_stored;
    const auto check_room = [&]() -> Result<void> {
        const std::uint64_t lost = (*writer)->statistics().not_stored - lost_before;
        if (lost == 0) return {};
        return fail(ErrorKind::NoSpace,
                    fmt::format("the disk is full, {} events are not stored; import the same "
                                "files again when there is room",
                                grouped(lost)));
    };
    options.take = [&](const EventBatch& batch) -> Result<void> {
        // What comes after a loss must not be stored, or its number would hide the gap.
        VEDETTE_TRY(check_room());
        if (batch.origin.numbered())
            progress[{batch.origin.sensor, batch.origin.stream}] = batch.origin.sequence;
        return (*writer)->append(batch);
    };
    int code = 0;
    for (const std::string& path : arguments.operands()) {
        const auto report = importer::import_file(path, options);
        VEDETTE_TRY((*writer)->flush());
        if (!report) {
            context.say("error: " + report.error().text);
            code = 1;
            continue;
        }
        tell(context, path, *report);
        if (report->taken == 0 && report->damaged != 0) code = 1;
    }
    VEDETTE_TRY(check_room());
    return code;
}

}  // namespace vedette::app
