// Result lines and a status line that share one terminal: the status is wiped before lines are
// printed and drawn again after. Lines come from the storage thread, the status from the capture
// thread; both may call at any time.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "app/output/output.hpp"

namespace vedette::app {

class Screen {
  public:
    enum class Status : unsigned char { Shown, Hidden };

    /// The status goes to standard error, and only there.
    Screen(Output& output, Status status) noexcept : output_(output), status_(status) {}
    ~Screen() { clear_status(); }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    /// Whole lines for the results.
    void print(std::string_view lines);
    void flush();
    /// A whole line for standard error: an alert, a warning.
    void notice(std::string_view line);
    /// Replaces the status line; ignored when it is hidden.
    void set_status(std::string_view text);
    void clear_status();
    [[nodiscard]] bool shows_status() const noexcept { return status_ == Status::Shown; }
    /// The reader of the results went away.
    [[nodiscard]] bool closed();

  private:
    void draw(std::string_view text);

    std::mutex mutex_;
    Output& output_;
    Status status_;
    std::string shown_;
};

}  // namespace vedette::app
