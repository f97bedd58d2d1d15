// The program's version as the build knows it.
#pragma once

#include <string_view>

namespace vedette::app {

/// "0.1.0".
[[nodiscard]] std::string_view version() noexcept;

}  // namespace vedette::app
