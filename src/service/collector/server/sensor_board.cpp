#include "service/collector/server/sensor_board.hpp"

namespace vedette::collector {

std::uint64_t SensorBoard::connect(const std::string& sensor, const std::string& peer,
                                   const std::string& version, Timestamp now) {
    const std::lock_guard lock(mutex_);
    Row& row = rows_[sensor];
    row.ticket = ++tickets_;
    row.status.sensor = sensor;
    row.status.peer = peer;
    row.status.version = version;
    row.status.connected = true;
    row.status.since = row.status.last_seen = now;
    return row.ticket;
}

bool SensorBoard::is_current(const std::string& sensor, std::uint64_t ticket) const {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(sensor);
    return found != rows_.end() && found->second.ticket == ticket;
}

void SensorBoard::disconnect(const std::string& sensor, std::uint64_t ticket, Timestamp now) {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find(sensor);
    if (found == rows_.end() || found->second.ticket != ticket) return;
    found->second.status.connected = false;
    found->second.status.since = now;
}

void SensorBoard::heard(const std::string& sensor, Timestamp now) {
    const std::lock_guard lock(mutex_);
    rows_[sensor].status.last_seen = now;
}

void SensorBoard::took(const std::string& sensor, std::uint64_t events, Duration lag) {
    const std::lock_guard lock(mutex_);
    SensorStatus& status = rows_[sensor].status;
    ++status.batches;
    status.events += events;
    status.lag = lag;
}

void SensorBoard::told(const std::string& sensor, const wire::sensor::Status& word) {
    const std::lock_guard lock(mutex_);
    SensorStatus& status = rows_[sensor].status;
    status.dropped = word.dropped_events;
    status.spooled_batches = word.spooled_batches;
    status.spooled_bytes = word.spooled_bytes;
}

void SensorBoard::load(std::vector<SensorStatus> rows) {
    const std::lock_guard lock(mutex_);
    for (SensorStatus& row : rows) {
        row.connected = false;
        std::string name = row.sensor;
        rows_[std::move(name)].status = std::move(row);
    }
}

std::vector<SensorStatus> SensorBoard::rows() const {
    const std::lock_guard lock(mutex_);
    std::vector<SensorStatus> rows;
    for (const auto& [name, row] : rows_)
        rows.push_back(row.status);
    return rows;
}

}  // namespace vedette::collector
