#include "app/watch/run_end.hpp"

#include <algorithm>

namespace vedette::app {

Result<int> end_run(const Context& context, Output& output, const RunEnd& end) {
    for (const std::string& warning : end.warnings)
        context.say("warning: " + warning);
    for (const std::string& line : end.lines)
        context.say(line);
    if (!end.summary.empty()) output.write(end.summary);
    if (!end.outcome) return std::unexpected(end.outcome.error());
    const bool kept_all = std::ranges::all_of(
        end.sinks, [](const pipeline::SinkAccount& sink) { return sink.lost == 0; });
    if (kept_all && !end.hint.empty()) context.hint(end.hint);
    VEDETTE_TRY(output.finish());
    return kept_all ? 0 : exit_code(ErrorKind::Failed);
}

}  // namespace vedette::app
