// How far each sensor's stream of batches has come, as the store's own transactions say: the one
// place that decides whether a batch is new. Read by the log server when it starts, and again after
// a failure. No state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace vedette::store {

struct SensorStream {
    std::string sensor;
    std::string stream;
    std::uint64_t sequence = 0;  ///< of the last batch whose rows are in the store
    std::uint64_t events = 0;    ///< rows that all its batches brought
};

/// Of an existing store, also while a writer works on it.
[[nodiscard]] Result<std::vector<SensorStream>> read_sensor_streams(const std::string& path);

}  // namespace vedette::store
