// A detector: a pure function over events and its own bounded state. The same capture gives the
// same findings, always: time is the events' time, order is the batch's order, nothing is random.
// One folder per detector; they never include each other. Used from one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/event_batch.hpp"
#include "model/finding.hpp"

namespace vedette::detect {

/// How eager the built-in thresholds are. `normal` is silent on ordinary networks.
enum class Preset : std::uint8_t { Quiet, Normal, Strict };

class Detector {
  public:
    virtual ~Detector() = default;
    /// "tunnel", "flood", ...: the folder's and the settings' name.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Looks at a batch, appends what it found.
    virtual void observe(const EventBatch& batch, std::vector<Finding>& findings) = 0;
    /// Time passed without events, or the source ended: things that went on may be over.
    virtual void advance(Timestamp now, std::vector<Finding>& findings) = 0;
    /// Bytes of state held, an upper estimate; tests assert it under attack.
    [[nodiscard]] virtual std::size_t memory_bytes() const noexcept = 0;
};

}  // namespace vedette::detect
