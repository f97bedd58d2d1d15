// Batches of events as bytes and back, for the link between machines and its spool
// (docs/formats/sensor.md). What is decoded equals what was encoded, field by field. Encoder and
// decoder keep their memory; each serves one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/event_batch.hpp"

namespace vedette::store {

/// Sections of an encoded batch; numbers are never given twice.
enum class BatchSection : std::uint8_t {
    Watermark = 0,
    Dns = 1,
    Dhcp = 2,
    Leases = 3,
    Neighbours = 4,
    Anomalies = 5,
    Sightings = 6,  ///< from version 2 on, as is the next
    Encrypted = 7,
};

/// Of what encode_batch() writes; older ones are read too, from 1 on.
inline constexpr std::uint8_t kBatchVersion = 2;

/// Appends `batch` to `out`, uncompressed, with all that detectors look at. Second opinions are not
/// kept: whoever runs detectors asks for its own.
void encode_batch(const EventBatch& batch, std::vector<std::uint8_t>& out);

struct DecodeOutcome {
    bool ok = false;
    std::uint32_t unknown_sections = 0;  ///< of a newer program; skipped
};

/// Appends every event to `batch`, whose memory is bounded by the size of `bytes`. When it is not
/// ok, `batch` holds what could be read and is to be thrown away.
[[nodiscard]] DecodeOutcome decode_batch(ByteView bytes, EventBatch& batch,
                                         std::uint8_t version = kBatchVersion);

/// zstd at the level that suits a live link, with a checksum over the content.
class BatchCompressor {
  public:
    BatchCompressor();
    ~BatchCompressor();
    /// Appends the compressed `bytes` to `out`.
    void compress(ByteView bytes, std::vector<std::uint8_t>& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

class BatchDecompressor {
  public:
    BatchDecompressor();
    ~BatchDecompressor();
    /// Exactly `size` bytes in `out`, else false: hostile bytes never make it allocate more.
    [[nodiscard]] bool decompress(ByteView bytes, std::uint32_t size,
                                  std::vector<std::uint8_t>& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::store
