// Where packets come from: a capture file, standard input, or live interfaces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::sys {

enum class ReadStatus : std::uint8_t {
    Packets,  ///< the batch holds at least one packet
    Idle,     ///< a live source or a pipe had nothing within its poll interval
    End,      ///< a file is read to its end
};

struct InterfaceInfo {
    std::string name;  ///< "eth0", or the name stored in the file, or empty
    std::uint16_t link_type = 0;
};

/// What the source itself lost or skipped; cumulative.
struct SourceStatistics {
    std::uint64_t packets = 0;       ///< delivered in batches
    std::uint64_t bytes = 0;         ///< captured bytes delivered
    std::uint64_t filtered = 0;      ///< refused by a filter in this program, not delivered
    std::uint64_t kernel_drops = 0;  ///< live: lost because the ring was full
    std::uint64_t interface_drops = 0;
    std::uint64_t file_bytes_read = 0;   ///< for progress
    std::uint64_t file_bytes_total = 0;  ///< 0 when unknown (standard input, pipes)
};

/// Not thread safe; one reader.
class PacketSource {
  public:
    virtual ~PacketSource() = default;
    /// Clears `batch` and fills it with up to the source's batch size. Errors are failures of the
    /// world (an unreadable file); a truncated file ends with End and a text in warnings().
    [[nodiscard]] virtual Result<ReadStatus> read(PacketBatch& batch) = 0;
    [[nodiscard]] virtual SourceStatistics statistics() const noexcept = 0;
    [[nodiscard]] virtual const std::vector<InterfaceInfo>& interfaces() const noexcept = 0;
    [[nodiscard]] virtual bool is_live() const noexcept = 0;
    /// A live source takes no more from the network; what it holds can still be read, then End.
    virtual void stop() noexcept {}
    /// Sentences for the user collected so far: truncation, skipped blocks, unknown link types.
    [[nodiscard]] virtual const std::vector<std::string>& warnings() const noexcept = 0;
};

}  // namespace vedette::sys
