// What the fuzz targets of both formats check: the same packets whether the file is shown at once
// or in pieces, records inside the window, times in range, and progress.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/assert.hpp"
#include "sys/capture/capture_file.hpp"
#include "sys/capture/pcapng_time.hpp"

namespace vedette::sys {

/// Delivers bytes in pieces of at most `piece`.
class PieceInput final : public ByteInput {
  public:
    PieceInput(ByteView bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
    Result<InputChunk> read(std::span<std::uint8_t> out) override {
        const std::size_t count = std::min({piece_, out.size(), bytes_.size() - taken_});
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
        taken_ += count;
        return InputChunk{count, count == 0 ? InputState::End : InputState::Data};
    }
    std::uint64_t bytes_taken() const noexcept override { return taken_; }

  private:
    ByteView bytes_;
    std::size_t piece_;
    std::size_t taken_ = 0;
};

/// The window starts small, so that it has to grow. A hash over everything delivered, in order.
inline std::uint64_t digest(ByteView file, std::size_t piece) {
    InterfaceTable interfaces;
    CaptureFile capture("input", std::make_unique<PieceInput>(file, piece), interfaces, 64);
    PacketBatch batch;
    std::uint64_t hash = 1469598103934665603U;
    const auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 1099511628211U; };
    while (true) {
        batch.clear();
        const Result<ReadStatus> status = capture.read(batch);
        if (!status || *status != ReadStatus::Packets) break;
        VEDETTE_ASSERT(!batch.packets.empty() && batch.packets.size() <= kBatchPackets);
        for (const PacketRecord& packet : batch.packets) {
            VEDETTE_ASSERT(packet.captured <= kMaxRecordBytes + 4'096);
            VEDETTE_ASSERT(packet.time.nanos >= 0 && packet.time.nanos <= kMaxTimeNanos);
            VEDETTE_ASSERT(packet.interface < interfaces.list().size());
            mix(static_cast<std::uint64_t>(packet.time.nanos));
            mix(packet.original);
            for (const std::uint8_t byte : packet.bytes())
                mix(byte);
        }
    }
    return hash;
}

inline void check_capture(ByteView file) {
    VEDETTE_ASSERT(digest(file, file.size() + 1) == digest(file, 61));
}

}  // namespace vedette::sys
