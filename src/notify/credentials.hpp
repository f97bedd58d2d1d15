// What a channel reads from secret files, anew for every attempt: a password that was changed is
// used without a restart. Not kept longer than the attempt.
#pragma once

#include <string>

#include "base/result.hpp"
#include "notify/channel.hpp"
#include "sys/file/secret_file.hpp"

namespace vedette::notify {

/// The secret in `file`; `open_text` when no file is named.
[[nodiscard]] Result<sys::Secret> secret_or(const std::string& file, const std::string& open_text);

/// The outcome of an attempt that a local problem ended before it began.
[[nodiscard]] Outcome not_tried(Error error);

}  // namespace vedette::notify
