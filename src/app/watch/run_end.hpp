// The end of a run as its user sees it, the same for every command that takes events in: what went
// wrong, what became of everything, and whether a script may call it a success.
#pragma once

#include <string>
#include <vector>

#include "app/context/context.hpp"
#include "app/output/output.hpp"
#include "base/result.hpp"
#include "pipeline/run_ledger.hpp"

namespace vedette::app {

struct RunEnd {
    std::vector<std::string> warnings;              ///< without the word before them
    std::vector<std::string> lines;                 ///< the books, in the order of travel
    std::string summary;                            ///< for `output`; empty: none
    std::vector<pipeline::SinkAccount> sinks = {};  ///< what each was handed and kept
    Result<void> outcome = {};                      ///< the first failure of the run
    std::string hint;                               ///< what to do next, when all was kept
};

/// Tells all of it. The exit code: a failure when the run failed, or when a sink lost events, which
/// the lines told of; a script must hear of it too.
[[nodiscard]] Result<int> end_run(const Context& context, Output& output, const RunEnd& end);

}  // namespace vedette::app
