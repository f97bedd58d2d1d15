// A program of the user's own: started without a shell, with an environment of two variables and
// the digest as JSON on its standard input. Exit code 0 is delivered. It runs in a process group of
// its own and is killed with it when the time is up. The caller ignores SIGPIPE.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "notify/channel.hpp"

namespace vedette::notify {

/// `command` is argv; its first word is the path of the program.
[[nodiscard]] std::unique_ptr<Channel> make_exec_channel(std::vector<std::string> command);

}  // namespace vedette::notify
