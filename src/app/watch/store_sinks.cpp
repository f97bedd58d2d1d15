#include "app/watch/store_sinks.hpp"

namespace vedette::app {

Result<void> DayFileSink::consume(const EventBatch& batch) {
    lines_.set_sensor(batch.origin.sensor);
    for (const DnsTransaction& event : batch.dns) {
        text_.clear();
        lines_.append(text_, event, batch.bytes);
        files_.write(store::DayKind::Dns, event.time(), text_);
    }
    for (const DhcpMessage& event : batch.dhcp) {
        text_.clear();
        lines_.append(text_, event, batch.bytes);
        files_.write(store::DayKind::Dhcp, event.time, text_);
    }
    return {};
}

}  // namespace vedette::app
