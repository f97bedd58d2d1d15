// Where things go. EventSinks take decoded events on the storage thread, one after the other;
// a PacketSink takes raw packets on the capture side, before they are decoded.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event_batch.hpp"
#include "sys/capture/packet_source.hpp"

namespace vedette::pipeline {

/// An error ends the run in order; what can heal (a full disk) is not an error but lost().
class EventSink {
  public:
    virtual ~EventSink() = default;
    /// What the ledger calls it: "store", "day files", "console".
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
    /// Takes every event of the batch; the batch is reused after the call.
    [[nodiscard]] virtual Result<void> consume(const EventBatch& batch) = 0;
    /// Makes everything consumed durable and visible. Called about once a second while events come,
    /// and at the end.
    [[nodiscard]] virtual Result<void> flush() = 0;
    /// Called about once a second while no events come: time passes.
    [[nodiscard]] virtual Result<void> idle() { return {}; }
    /// Events it took and could not keep; cumulative.
    [[nodiscard]] virtual std::uint64_t lost() const noexcept { return 0; }
};

/// Looks at every batch before the sinks do and may set marks in its events. On the storage thread.
class EventMarker {
  public:
    virtual ~EventMarker() = default;
    virtual void mark(EventBatch& batch) = 0;
};

/// What a packet sink makes of one batch beside the other batches. There is one for each batch
/// under way, used again and again.
class PacketWork {
  public:
    virtual ~PacketWork() = default;
    /// After consume(), on the same thread; the packets still stand. Other batches may be anywhere.
    virtual void run() = 0;
    /// In the order of the batches, one at a time.
    [[nodiscard]] virtual Result<void> commit() = 0;
};

/// Takes raw packets (`-w`): called with every batch in the order received, one at a time.
class PacketSink {
  public:
    virtual ~PacketSink() = default;
    /// Null when all is done in consume().
    [[nodiscard]] virtual std::unique_ptr<PacketWork> make_work() { return nullptr; }
    /// `work` is one that make_work() made, or null.
    [[nodiscard]] virtual Result<void> consume(const sys::PacketBatch& batch,
                                               const std::vector<sys::InterfaceInfo>& interfaces,
                                               PacketWork* work) = 0;
    [[nodiscard]] virtual Result<void> flush() = 0;
};

}  // namespace vedette::pipeline
