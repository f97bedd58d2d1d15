// The day files as a store: events in, lines out. What a full disk refuses is counted and the
// capture goes on.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/dayfile/day_files.hpp"
#include "store/event_store.hpp"

namespace vedette::store {

/// Busy when another process writes the folder; see DayFiles::open.
[[nodiscard]] Result<std::unique_ptr<EventWriter>> make_day_file_writer(const std::string& folder,
                                                                        DayRetention retention);

}  // namespace vedette::store
