// What `vedette doctor` looks at: whether this machine lets Vedette do its work, and what to do
// where it does not. Each check is one row; nothing is changed on the system.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::sys {

enum class CheckState : std::uint8_t { Ok, Warning, Problem };

struct Check {
    std::string name;  ///< "capture privilege"
    CheckState state = CheckState::Ok;
    std::string found;  ///< one sentence
    std::string fix;    ///< a command or a sentence; empty when nothing is to be done
};

[[nodiscard]] std::string_view to_text(CheckState state) noexcept;

/// Privileges, kernel, interfaces, disk under `data_folder` (which need not exist yet), memory and
/// clock, in that order.
[[nodiscard]] std::vector<Check> check_system(const std::string& data_folder);

/// The row for one folder: whether it can be written and how much room there is.
[[nodiscard]] Check check_disk(const std::string& folder);

}  // namespace vedette::sys
