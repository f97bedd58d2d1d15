// Where Vedette looks for its settings and keeps its data: the XDG base directories for people,
// /etc and /var/lib for root and the service. Pure: the environment is passed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::config {

/// Value of an environment variable; nothing when unset or empty.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// Who runs the program decides which folders are tried.
enum class Account : unsigned char { Root, Person };

/// Files that are tried in order when none is named.
[[nodiscard]] std::vector<std::string> settings_candidates(const Environment& environment);
/// The folder for the database when no setting names one. The service manager's STATE_DIRECTORY
/// comes first.
[[nodiscard]] std::string data_directory(const Environment& environment, Account account);

}  // namespace vedette::config
