// Where a batch of events comes from when another machine saw them: what the store keeps so that a
// batch that is delivered twice is stored once, and the name that its rows carry.
#pragma once

#include <cstdint>
#include <string>

namespace vedette {

struct BatchOrigin {
    std::string sensor;          ///< its name; empty for what this machine saw itself
    std::string stream;          ///< which numbering of batches, hexadecimal; empty: not numbered
    std::uint64_t sequence = 0;  ///< of the batch within the stream, from 1
    std::uint64_t age = 0;       ///< how often the receiver had lost something when it was taken

    [[nodiscard]] bool numbered() const noexcept { return !stream.empty(); }
    void clear() noexcept {
        sensor.clear();
        stream.clear();
        sequence = 0;
        age = 0;
    }
};

}  // namespace vedette
