// What turns packets into events, as the pipeline sees it. decode::Decoder is the one in the
// program (pipeline/decoder_stage.hpp); tests have their own. Called from the capture thread only.
#pragma once

#include "base/time.hpp"
#include "model/event_batch.hpp"
#include "model/ledger.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::pipeline {

class PacketStage {
  public:
    virtual ~PacketStage() = default;
    /// Appends to `out` what the packets told.
    virtual void decode(const sys::PacketBatch& batch, EventBatch& out) = 0;
    /// Live sources: time passes although no packet came.
    virtual void advance(Timestamp now, EventBatch& out) = 0;
    /// The end of the source: appends everything still pending.
    virtual void finish(EventBatch& out) = 0;
    [[nodiscard]] virtual const TraceCounts& counts() const noexcept = 0;
};

}  // namespace vedette::pipeline
