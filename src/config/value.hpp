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
#include "config/target_table.hpp"

namespace vedette::config {

using Scalar = std::variant<bool, std::int64_t, std::string>;
/// A value as a file gives it.
using RawValue = std::variant<bool, std::int64_t, std::string, std::vector<Scalar>>;

/// Checks type and range, then writes. The error is a sentence without place. `Owner` is Settings
/// or NotifyTarget.
template <typename Owner>
[[nodiscard]] Result<void> assign(Owner& settings, const Row<Owner>& setting,
                                  const RawValue& value);
/// The same from the text of a flag or an environment variable: "true", "90", "10s", "20GB", and
/// lists with commas.
template <typename Owner>
[[nodiscard]] Result<void> assign_text(Owner& settings, const Row<Owner>& setting,
                                       std::string_view text);

/// As it stands in a TOML file: `"auto"`, `90`, `["eth0"]`.
template <typename Owner>
[[nodiscard]] std::string toml_text(const Owner& settings, const Row<Owner>& setting);
/// "true or false", "a number from 1 to 65535, in a list", for messages and the reference.
template <typename Owner>
[[nodiscard]] std::string accepted_text(const Row<Owner>& setting);

}  // namespace vedette::config
