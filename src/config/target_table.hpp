// The rows of [notify.NAME] and the types of targets: the same kind of table as table.hpp, for
// settings of which there can be several sets. Immutable.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/notify_target.hpp"
#include "config/table.hpp"

namespace vedette::config {

using TargetSetting = Row<NotifyTarget>;

/// A way to tell people or programs, and what its timing is unless the settings say otherwise.
struct TargetType {
    std::string_view name;
    std::string_view summary;
    std::string_view schemes;  ///< of its URL, separated by blanks; empty: it takes none
    std::string_view needs;    ///< keys that must be given, separated by blanks
    std::string_view takes;    ///< keys beyond `needs` and those that every type takes
    Duration group_wait;
    Duration group_interval;
    std::int64_t hourly_limit = 0;
};

[[nodiscard]] std::span<const TargetType> target_types() noexcept;
/// Null when unknown.
[[nodiscard]] const TargetType* find_target_type(std::string_view name) noexcept;

/// Row names are "notify.<key>".
[[nodiscard]] std::span<const TargetSetting> target_table() noexcept;
/// Null when unknown.
[[nodiscard]] const TargetSetting* find_target_setting(std::string_view key) noexcept;
/// What to do about an unknown key: a near one, or where a secret belongs. Empty when neither.
[[nodiscard]] std::string suggest_target_key(std::string_view typed);
/// Whether targets of this type must have the key, and whether they take it.
[[nodiscard]] bool needs(const TargetType& type, std::string_view key) noexcept;
[[nodiscard]] bool takes(const TargetType& type, std::string_view key) noexcept;
/// 1 to 32 of a-z, 0-9, '-' and '_', beginning with a letter.
[[nodiscard]] bool is_target_name(std::string_view name) noexcept;

}  // namespace vedette::config
