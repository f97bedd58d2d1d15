// What a log server knows of a sensor, as people ask for it.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace vedette {

struct SensorStatus {
    std::string sensor;
    std::string peer;     ///< its address, of the newest connection
    std::string version;  ///< of its program
    bool connected = false;
    Timestamp since;      ///< of this state
    Timestamp last_seen;  ///< when anything came from it
    std::uint64_t batches = 0;
    std::uint64_t events = 0;           ///< taken over; batches that came twice count once
    std::uint64_t dropped = 0;          ///< events that the sensor could not keep
    std::uint64_t spooled_batches = 0;  ///< waiting there, by its last word
    std::uint64_t spooled_bytes = 0;
    Duration lag;  ///< between the sensor's sending and our taking, of the newest batch
};

}  // namespace vedette
