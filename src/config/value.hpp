// One setting's value: checked against its row, written into Settings, and printed back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "config/table.hpp"

namespace vedette::config {

using Scalar = std::variant<bool, std::int64_t, std::string>;
/// A value as a file gives it.
using RawValue = std::variant<bool, std::int64_t, std::string, std::vector<Scalar>>;

/// Checks type and range, then writes. The error is a sentence without place.
[[nodiscard]] Result<void> assign(Settings& settings, const Setting& setting,
                                  const RawValue& value);
/// The same from the text of a flag or an environment variable: "true", "90", "10s", "20GB", and
/// lists with commas.
[[nodiscard]] Result<void> assign_text(Settings& settings, const Setting& setting,
                                       std::string_view text);

/// As it stands in a TOML file: `"auto"`, `90`, `["eth0"]`.
[[nodiscard]] std::string toml_text(const Settings& settings, const Setting& setting);
/// "true or false", "a number from 1 to 65535, in a list", for messages and the reference.
[[nodiscard]] std::string accepted_text(const Setting& setting);

}  // namespace vedette::config
