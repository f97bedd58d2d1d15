#include "app/watch/console_sink.hpp"

#include "model/filter_match.hpp"
#include "render/log/log_fields.hpp"
#include "render/log/log_text.hpp"

namespace vedette::app {

void ConsoleSink::print(const LogRow& row) {
    if (!matches(options_.filter, row)) return;
    if (options_.lines == Lines::Json) {
        render::append_log_json(text_, row);
    } else {
        render::append_live_line(text_, row, options_.color);
    }
}

Result<void> ConsoleSink::consume(const EventBatch& batch) {
    text_.clear();
    maker_.set_sensor(batch.origin.sensor);
    // Both lists are in the order in which events became complete; merge them by time.
    auto dhcp = batch.dhcp.begin();
    for (const DnsTransaction& event : batch.dns) {
        for (; dhcp != batch.dhcp.end() && dhcp->time < event.time(); ++dhcp) {
            print(maker_.make(*dhcp, batch.bytes));
        }
        print(maker_.make(event, batch.bytes));
    }
    for (; dhcp != batch.dhcp.end(); ++dhcp)
        print(maker_.make(*dhcp, batch.bytes));
    screen_.print(text_);
    if (screen_.closed() && !stop_.stopping()) stop_.ask();
    return {};
}

Result<void> ConsoleSink::flush() {
    screen_.flush();
    if (screen_.closed() && !stop_.stopping()) stop_.ask();
    return {};
}

}  // namespace vedette::app
