// Settings from all their places: a flag beats the environment, the environment beats the file,
// the file beats the default. Everything wrong is reported at once, each with its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/paths.hpp"
#include "config/settings.hpp"

namespace vedette::config {

struct LoadRequest {
    std::optional<std::string> file;  ///< named by the user: must exist
    Environment environment;
    /// Setting name and text, as flags gave them.
    std::vector<std::pair<std::string, std::string>> flags;
};

struct Loaded {
    Settings settings;
    std::string file;                  ///< what was read; empty when there is none
    std::vector<std::string> origins;  ///< by row of the table: "default", "file:12", "flag", ...
    /// The same of each of settings.notify, by row of target_table().
    std::vector<std::vector<std::string>> target_origins;
};

/// The file to read: the named one, else $VEDETTE_CONFIG, else the first candidate that exists,
/// else empty.
[[nodiscard]] std::string find_file(const LoadRequest& request);

/// The error is InvalidSettings, one line per problem: "FILE:12:3: store.keep_days takes ...".
[[nodiscard]] Result<Loaded> load(const LoadRequest& request);

}  // namespace vedette::config
