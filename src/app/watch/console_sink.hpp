// Prints each transaction and DHCP message as it becomes known: a line for people, or JSON. Runs on
// the storage thread.
#pragma once

#include <string>

#include "app/watch/screen.hpp"
#include "model/filter.hpp"
#include "pipeline/sinks.hpp"
#include "render/log/log_row.hpp"
#include "render/table/text_table.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::app {

class ConsoleSink final : public pipeline::EventSink {
  public:
    enum class Lines : unsigned char { Text, Json };
    struct Options {
        Lines lines = Lines::Text;
        render::Color color = render::Color::Off;
        Filter filter = {};  ///< what is printed
    };

    /// `screen` and `stop` must outlive it; `stop` is asked when the reader of the lines is gone.
    ConsoleSink(Screen& screen, sys::StopFlag& stop, Options options)
        : screen_(screen), stop_(stop), options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "console"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override;

  private:
    void print(const LogRow& row);

    Screen& screen_;
    sys::StopFlag& stop_;
    Options options_;
    render::LogRowMaker maker_;
    std::string text_;
};

}  // namespace vedette::app
