// The one definition of every command, option and example.
#pragma once

#include "app/cli/command.hpp"

namespace vedette::app {

[[nodiscard]] const CommandLine& command_line() noexcept;

}  // namespace vedette::app
