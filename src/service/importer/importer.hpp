// Files of other programs -> events, batch by batch: recognises the format, decompresses, reads
// line by line, keeps going over damaged ones and says which they were. Each batch of a log carries
// the number of its last line, so that a file that is read again, or has grown, is not stored
// twice. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/event_batch.hpp"
#include "service/importer/log_format.hpp"

namespace vedette::importer {

struct ImportOptions {
    std::string format;  ///< of format_table(), or "dnstap"; empty recognises it
    std::string sensor;  ///< that rows carry; empty is the format's own
    bool again = false;  ///< store it even when it was stored before
    /// Lines of this file (sensor, stream) that are stored already; 0 when none.
    std::function<std::uint64_t(const std::string&, const std::string&)> stored;
    /// Takes every batch.
    std::function<Result<void>(const EventBatch&)> take;
};

struct DamagedLine {
    std::uint64_t line = 0;
    std::string why;
};

struct ImportReport {
    std::string format;
    std::uint64_t lines = 0;                 ///< of the file
    std::uint64_t before = 0;                ///< of these, stored by an earlier import
    std::uint64_t taken = 0;                 ///< that told something
    std::uint64_t damaged = 0;               ///< that could not be read
    std::uint64_t events = 0;                ///< that they told
    std::vector<DamagedLine> first_damaged;  ///< at most twenty
    std::string problem;                     ///< why the file ended early; empty when it did not
};

/// InvalidInput when no format fits.
[[nodiscard]] Result<ImportReport> import_file(const std::string& path,
                                               const ImportOptions& options);

}  // namespace vedette::importer
