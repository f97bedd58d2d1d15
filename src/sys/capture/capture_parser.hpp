// What the readers of the two capture formats have in common: they are shown a window of the file's
// bytes and turn whole records in it into packets that point into the window. They do no I/O and
// keep no packet bytes, so the same code serves files, pipes, compressed streams and fuzzers.
// One thread; records live as long as the window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::sys {

/// Packets per batch: large enough to hide the cost of a batch, small enough to stay in L2.
inline constexpr std::size_t kBatchPackets = 2'048;
/// No record may claim more. Sixty times the largest snap length in use; a file that claims more is
/// damaged (or wants us to allocate what it says).
inline constexpr std::uint32_t kMaxRecordBytes = 16U << 20U;

enum class ParseStatus : std::uint8_t {
    NeedMore,   ///< the window ends inside a record (or exactly at its end)
    BatchFull,  ///< kBatchPackets are in the batch; call again with what is left
    Damaged,    ///< nothing after this place can be read; `problem` says why
};

struct ParseStep {
    /// Bytes done with. May exceed the window: the rest of a skipped block is to be passed over.
    std::uint64_t consumed = 0;
    /// NeedMore: bytes the next record needs, counted from `consumed`.
    std::size_t need = 0;
    ParseStatus status = ParseStatus::NeedMore;
    std::string problem;
};

class CaptureParser {
  public:
    virtual ~CaptureParser() = default;
    /// Appends packets until the batch is full or the window has no further whole record.
    [[nodiscard]] virtual ParseStep parse(ByteView window, PacketBatch& batch) = 0;
    /// Packets left out because the file describes them wrongly.
    [[nodiscard]] virtual std::uint64_t skipped_packets() const noexcept { return 0; }
};

}  // namespace vedette::sys
