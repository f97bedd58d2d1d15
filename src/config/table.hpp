// The settings table: one row per setting. Parsing, validation, `config show`, the sample file and
// the reference page all read it. Immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.hpp"

namespace vedette::config {

template <typename Owner>
using MemberOf =
    std::variant<bool Owner::*, std::int64_t Owner::*, std::string Owner::*, Duration Owner::*,
                 ByteCount Owner::*, TextList Owner::*, NumberList Owner::*>;

/// One setting of the struct `Owner`. `least` and `most` bound numbers (each of a list), durations
/// in nanoseconds, sizes in bytes.
template <typename Owner>
struct Row {
    std::string_view name;  ///< "store.keep_days": section and key
    MemberOf<Owner> member;
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::span<const std::string_view> choices;  ///< of a text; empty is any text
    std::string_view help;                      ///< sentences for a person

    [[nodiscard]] std::string_view section() const noexcept {
        return name.substr(0, name.find('.'));
    }
    [[nodiscard]] std::string_view key() const noexcept { return name.substr(name.find('.') + 1); }
};

using Setting = Row<Settings>;

[[nodiscard]] std::span<const Setting> settings_table() noexcept;
/// Null when unknown.
[[nodiscard]] const Setting* find_setting(std::string_view name) noexcept;
/// "did you mean 'store.path'?", or empty.
[[nodiscard]] std::string suggest_setting(std::string_view typed);
/// "VEDETTE_STORE_KEEP_DAYS".
[[nodiscard]] std::string environment_name(const Setting& setting);

}  // namespace vedette::config
