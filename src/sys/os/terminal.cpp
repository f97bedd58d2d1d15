#include "sys/os/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>

namespace vedette::sys {

bool is_terminal(int descriptor) noexcept {
    return ::isatty(descriptor) == 1;
}

std::size_t terminal_columns(int descriptor) noexcept {
    if (!is_terminal(descriptor)) return 0;
    winsize size{};
    const bool told = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return told ? size.ws_col : 80;
}

void ignore_broken_pipes() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace vedette::sys
