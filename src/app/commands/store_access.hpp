// Opens the store that the settings name, and tells a person what to do when it is not there.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/context/context.hpp"
#include "app/watch/console_sink.hpp"
#include "base/result.hpp"
#include "store/dayfile/day_files.hpp"
#include "store/event_store.hpp"

namespace vedette::app {

/// For commands that look: NotFound names the command that makes a store.
[[nodiscard]] Result<std::unique_ptr<store::EventReader>> open_store_reader(const Context& context);

/// For `watch`: makes the folder when it is missing (mode 0750).
[[nodiscard]] Result<std::unique_ptr<store::EventWriter>> open_store_writer(const Context& context);
[[nodiscard]] Result<std::unique_ptr<store::EventWriter>> open_store_writer(
    const Context& context, const std::string& path);

/// The day files of the settings; nothing where nothing is stored and no folder is named.
[[nodiscard]] Result<std::optional<store::DayFiles>> open_day_files(const Context& context);

/// How `--json`, `--filter` and the terminal want a line per event.
[[nodiscard]] Result<ConsoleSink::Options> console_options(const Context& context,
                                                           const Arguments& arguments);

}  // namespace vedette::app
