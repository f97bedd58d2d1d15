// Who is connected, how far behind, and what was lost on the way: what `vedette sensors` shows.
// Filled by the server's thread, copied by whoever writes it down. Thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/sensor_status.hpp"
#include "wire/sensor/frame.hpp"

namespace vedette::collector {

class SensorBoard {
  public:
    /// A connection begins. The ticket tells it from an older one of the same sensor, which is over
    /// from now on.
    [[nodiscard]] std::uint64_t connect(const std::string& sensor, const std::string& peer,
                                        const std::string& version, Timestamp now);
    [[nodiscard]] bool is_current(const std::string& sensor, std::uint64_t ticket) const;
    void disconnect(const std::string& sensor, std::uint64_t ticket, Timestamp now);

    void heard(const std::string& sensor, Timestamp now);
    void took(const std::string& sensor, std::uint64_t events, Duration lag);
    void told(const std::string& sensor, const wire::sensor::Status& status);
    /// What was known before this server started; everybody is away.
    void load(std::vector<SensorStatus> rows);
    [[nodiscard]] std::vector<SensorStatus> rows() const;

  private:
    struct Row {
        SensorStatus status;
        std::uint64_t ticket = 0;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Row> rows_;
    std::uint64_t tickets_ = 0;
};

}  // namespace vedette::collector
