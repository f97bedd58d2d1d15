// The log server's list of sensors, a small SQLite file beside the event store, so that `vedette
// sensors` can be asked while the server runs and after. The server writes it every few seconds;
// anybody reads. One object per thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/sensor_status.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

class SensorBook {
  public:
    /// Creates the file when the mode allows it.
    [[nodiscard]] static Result<SensorBook> open(const std::string& path, OpenMode mode);

    /// Replaces what is known of these sensors.
    [[nodiscard]] Result<void> write(const std::vector<SensorStatus>& rows, Timestamp now);
    /// By name.
    [[nodiscard]] Result<std::vector<SensorStatus>> list();
    /// When the server wrote last: a server that is gone says nothing of who is connected.
    [[nodiscard]] Result<Timestamp> written();

  private:
    explicit SensorBook(Connection connection) : connection_(std::move(connection)) {}
    Connection connection_;
};

}  // namespace vedette::store
