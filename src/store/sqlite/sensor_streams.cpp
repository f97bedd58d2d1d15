#include "store/sqlite/sensor_streams.hpp"

#include "store/sqlite/connection.hpp"
#include "store/sqlite/schema.hpp"

namespace vedette::store {

Result<std::vector<SensorStream>> read_sensor_streams(const std::string& path) {
    auto connection = Connection::open(path, OpenMode::ReadOnly);
    if (!connection) return fail(std::move(connection).error(), "cannot open " + path);
    if (Result<void> known = check_schema(*connection); !known)
        return fail(std::move(known).error(), path);
    auto rows = connection->prepare(
        "SELECT sensor, stream, sequence, events FROM sensor_streams ORDER BY sensor, stream");
    if (!rows) return std::unexpected(std::move(rows).error());
    std::vector<SensorStream> streams;
    for (;;) {
        const Result<bool> row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return streams;
        streams.push_back({std::string(rows->text(0)), std::string(rows->text(1)),
                           static_cast<std::uint64_t>(rows->integer(2)),
                           static_cast<std::uint64_t>(rows->integer(3))});
    }
}

}  // namespace vedette::store
