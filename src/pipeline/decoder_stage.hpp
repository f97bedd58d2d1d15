// The decoder as a stage of the pipeline. Borrows it; one thread.
#pragma once

#include "decode/decoder.hpp"
#include "pipeline/packet_stage.hpp"

namespace vedette::pipeline {

class DecoderStage final : public PacketStage {
  public:
    /// `decoder` must outlive the stage.
    explicit DecoderStage(decode::Decoder& decoder) noexcept : decoder_(&decoder) {}

    void decode(const sys::PacketBatch& batch, EventBatch& out) override {
        decoder_->decode(batch, out);
    }
    void advance(Timestamp now, EventBatch& out) override { decoder_->advance(now, out); }
    void finish(EventBatch& out) override { decoder_->finish(out); }
    const TraceCounts& counts() const noexcept override { return decoder_->counts(); }

  private:
    decode::Decoder* decoder_;
};

}  // namespace vedette::pipeline
