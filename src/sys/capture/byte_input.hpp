// Where the bytes of a capture file come from: a descriptor, or a decompressor on top of one.
// Forward only, bounded memory whatever the file claims. One thread; owns its descriptor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

enum class InputState : std::uint8_t {
    Data,  ///< at least one byte was delivered
    Idle,  ///< a pipe had nothing within the poll interval
    End,   ///< nothing will follow
};

struct InputChunk {
    std::size_t bytes = 0;
    InputState state = InputState::End;
};

class ByteInput {
  public:
    virtual ~ByteInput() = default;
    /// Fills the start of `out` (not empty) with what there is. Fails on an I/O error.
    [[nodiscard]] virtual Result<InputChunk> read(std::span<std::uint8_t> out) = 0;
    /// Bytes taken from the descriptor so far, for progress.
    [[nodiscard]] virtual std::uint64_t bytes_taken() const noexcept = 0;
    /// After End: why it came early (cut or damaged compression), empty when it did not.
    [[nodiscard]] virtual std::string problem() const { return {}; }
};

/// Plain bytes of `file`. Pipes and terminals are polled so that a signal can be noticed.
[[nodiscard]] std::unique_ptr<ByteInput> make_descriptor_input(Descriptor file);

/// The compressions read here.
enum class Compression : std::uint8_t { None, Gzip, Zstd };
[[nodiscard]] Compression recognise_compression(ByteView start) noexcept;

/// Decompresses `inner`, of which `head` has been read already. Several members or frames in a row
/// are one stream. Zstandard windows up to 128 MiB are accepted.
[[nodiscard]] Result<std::unique_ptr<ByteInput>> make_decompressor(Compression compression,
                                                                   std::unique_ptr<ByteInput> inner,
                                                                   std::vector<std::uint8_t> head);

}  // namespace vedette::sys
