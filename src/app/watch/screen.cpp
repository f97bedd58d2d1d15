#include "app/watch/screen.hpp"

#include <unistd.h>

#include "render/table/safe_text.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

// ECMA-48: back to the first column, erase to the end of the line.
constexpr std::string_view kWipe = "\r\x1b[K";

}  // namespace

void Screen::draw(std::string_view text) {
    const std::string line = std::string(kWipe).append(text);
    [[maybe_unused]] const ssize_t written = ::write(sys::kStandardError, line.data(), line.size());
}

void Screen::print(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    const bool shared = output_.is_terminal() && !shown_.empty();
    if (shared) draw("");
    output_.write(lines);
    if (output_.is_terminal()) output_.flush();
    if (shared) draw(shown_);
}

void Screen::flush() {
    const std::lock_guard lock(mutex_);
    output_.flush();
}

void Screen::notice(std::string_view line) {
    const std::lock_guard lock(mutex_);
    const std::string text = std::string(shown_.empty() ? "" : kWipe).append(line);
    [[maybe_unused]] const ssize_t written = ::write(sys::kStandardError, text.data(), text.size());
    if (!shown_.empty()) draw(shown_);
}

void Screen::set_status(std::string_view text) {
    if (status_ == Status::Hidden) return;
    const std::lock_guard lock(mutex_);
    const std::size_t columns = sys::terminal_columns(sys::kStandardError);
    shown_ = render::clip_text(text, columns > 1 ? columns - 1 : 79);
    draw(shown_);
}

void Screen::clear_status() {
    const std::lock_guard lock(mutex_);
    if (!shown_.empty()) draw("");
    shown_.clear();
}

bool Screen::closed() {
    const std::lock_guard lock(mutex_);
    return output_.closed();
}

}  // namespace vedette::app
