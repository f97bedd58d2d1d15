// Classic capture files (draft-ietf-opsawg-pcap): a 24-byte header, then records of a 16-byte
// header and the captured bytes. Both byte orders, microseconds and nanoseconds, the longer record
// headers of Kuznetzov's variant, and the swapped lengths that versions before 2.4 wrote.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "sys/capture/capture_parser.hpp"
#include "sys/capture/interface_table.hpp"

namespace vedette::sys {

class PcapParser final : public CaptureParser {
  public:
    static constexpr std::size_t kFileHeaderBytes = 24;

    /// Whether the first four bytes of a file are those of a variant read here.
    [[nodiscard]] static bool recognises(ByteView start) noexcept;
    /// Reads the file header, which must be all there. Fails on an unknown version.
    [[nodiscard]] static Result<PcapParser> make(ByteView header, InterfaceTable& interfaces);

    [[nodiscard]] ParseStep parse(ByteView window, PacketBatch& batch) override;

  private:
    enum class Lengths : std::uint8_t { Usual, Swapped, Either };

    template <bool kBigEndian>
    ParseStep parse_records(ByteView window, PacketBatch& batch);

    std::uint64_t packets_ = 0;
    std::uint32_t fraction_nanos_ = 0;  // worth of one unit of the second time field
    std::uint32_t record_header_bytes_ = 0;
    std::uint16_t link_type_ = 0;
    std::uint16_t interface_ = 0;
    Lengths lengths_ = Lengths::Usual;
    bool big_endian_ = false;
};

}  // namespace vedette::sys
