// The sample settings file and docs/reference/settings.md, generated from the settings table.
#pragma once

#include <string>

namespace vedette::config {

/// A TOML file with every setting at its default, commented out, under its help.
[[nodiscard]] std::string sample_file();
/// The reference page in Markdown.
[[nodiscard]] std::string settings_reference();

}  // namespace vedette::config
