// errno as an Error: one mapping from the kernel's codes to our categories, so that the exit code
// and the advice are the same wherever a call fails. No state.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace vedette::sys {

/// `<what>: <the system's sentence>`, with the category that fits `code` (an errno value).
[[nodiscard]] Error os_error(int code, std::string_view what);

/// The failing side of a Result, from the current errno.
[[nodiscard]] std::unexpected<Error> fail_errno(std::string_view what);

}  // namespace vedette::sys
