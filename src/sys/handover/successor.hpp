// A process that takes the place of this one: the same program (or what has been installed in its
// place since), the same arguments, and a channel between the two. Not thread safe: for the main
// thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "sys/handover/channel.hpp"

namespace vedette::sys {

/// How this process was started; ask at the start, while its file is still in place.
struct Invocation {
    std::string program;
    std::vector<std::string> arguments;  ///< with the program's name in front

    [[nodiscard]] static Result<Invocation> of_this_process();
};

struct Successor {
    pid_t process = -1;
    Channel channel;

    /// How it ended, for a person ("exit code 4"), once it has; else nothing. Reaps it.
    [[nodiscard]] std::optional<std::string> ended();
};

/// Starts it. `variables` come on top of the environment of this process.
[[nodiscard]] Result<Successor> start_successor(
    const Invocation& invocation,
    const std::vector<std::pair<std::string, std::string>>& variables);

/// The channel to the process that started this one by start_successor(); not open in any other.
/// Once: the variable that tells is removed.
[[nodiscard]] Channel take_predecessor();

}  // namespace vedette::sys
