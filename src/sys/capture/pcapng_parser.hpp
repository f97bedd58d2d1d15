// pcapng capture files (draft-ietf-opsawg-pcapng): blocks of type, length, body, length. Several
// sections, each in its own byte order; interfaces with their own link type and clock; enhanced,
// simple and obsolete packet blocks. Every other block is passed over without being held.
#pragma once

#include <cstdint>
#include <vector>

#include "sys/capture/capture_parser.hpp"
#include "sys/capture/interface_table.hpp"
#include "sys/capture/pcapng_time.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::sys {

class PcapngParser final : public CaptureParser {
  public:
    /// Interfaces of one section; packets of further ones are skipped and counted.
    static constexpr std::size_t kMaxInterfaces = 65'536;

    /// `interfaces` must outlive the parser.
    explicit PcapngParser(InterfaceTable& interfaces) noexcept : table_(&interfaces) {}

    /// Whether a file that starts with these four bytes is pcapng.
    [[nodiscard]] static bool recognises(ByteView start) noexcept;

    [[nodiscard]] ParseStep parse(ByteView window, PacketBatch& batch) override;
    [[nodiscard]] std::uint64_t skipped_packets() const noexcept override { return skipped_; }

  private:
    struct Interface {
        PcapngClock clock;
        std::uint32_t snap_bytes = 0;  // 0: no limit
        std::uint16_t link_type = 0;
        std::uint16_t number = 0;  // in table_
    };
    struct Block {
        std::uint32_t type = 0;
        std::uint32_t length = 0;
    };

    [[nodiscard]] std::uint16_t u16(wire::Reader& reader) const noexcept {
        return big_endian_ ? reader.u16() : reader.u16_le();
    }
    [[nodiscard]] std::uint32_t u32(wire::Reader& reader) const noexcept {
        return big_endian_ ? reader.u32() : reader.u32_le();
    }

    /// False when there is too little to tell or the block cannot be; `step` says which.
    [[nodiscard]] bool read_block_header(ByteView rest, Block& block, ParseStep& step) const;
    /// The body of one whole block. A text when the file cannot be read on.
    [[nodiscard]] const char* read_body(const Block& block, ByteView body, PacketBatch& batch);
    [[nodiscard]] const char* read_section_header(wire::Reader body);
    void read_interface(wire::Reader body);
    void read_interface_options(wire::Reader options, Interface& interface, InterfaceInfo& info);
    void read_enhanced_packet(wire::Reader body, PacketBatch& batch);
    void read_obsolete_packet(wire::Reader body, PacketBatch& batch);
    void read_simple_packet(wire::Reader body, PacketBatch& batch);
    void read_timed_packet(std::uint32_t interface, wire::Reader& body, PacketBatch& batch);

    InterfaceTable* table_;
    std::vector<Interface> interfaces_;  // of the current section
    Timestamp last_time_{0};             // for simple packet blocks, which carry none
    std::uint64_t skipped_ = 0;
    bool big_endian_ = false;
    bool in_section_ = false;
};

}  // namespace vedette::sys
