// For tests, benchmarks and fuzz seeds: capture files in memory, in either byte order, byte by byte
// as their specifications say. Not used by the program, which writes with PcapngWriter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::sys {

/// Appends integers in one byte order.
class CaptureBytes {
  public:
    explicit CaptureBytes(bool big_endian = false) : big_endian_(big_endian) {}

    CaptureBytes& u8(std::uint8_t value) {
        bytes_.push_back(value);
        return *this;
    }
    CaptureBytes& u16(std::uint16_t value) { return integer(value, 2); }
    CaptureBytes& u32(std::uint32_t value) { return integer(value, 4); }
    CaptureBytes& u64(std::uint64_t value) { return integer(value, 8); }
    CaptureBytes& text(std::string_view text) {
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        return *this;
    }
    CaptureBytes& pad() {
        while (bytes_.size() % 4 != 0)
            bytes_.push_back(0);
        return *this;
    }

    /// pcap: file header and one record.
    CaptureBytes& pcap_header(std::uint32_t magic, std::uint32_t link = 1,
                              std::uint16_t minor = 4) {
        return u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(65'535).u32(link);
    }
    CaptureBytes& pcap_record(std::uint32_t seconds, std::uint32_t fraction,
                              std::string_view data) {
        const auto length = static_cast<std::uint32_t>(data.size());
        return u32(seconds).u32(fraction).u32(length).u32(length).text(data);
    }

    /// pcapng: any block, then the usual ones.
    CaptureBytes& block(std::uint32_t type, const CaptureBytes& body) {
        const std::size_t padded = (body.bytes_.size() + 3) / 4 * 4;
        const auto length = static_cast<std::uint32_t>(padded + 12);
        u32(type).u32(length);
        bytes_.insert(bytes_.end(), body.bytes_.begin(), body.bytes_.end());
        bytes_.resize(bytes_.size() + padded - body.bytes_.size());
        return u32(length);
    }
    CaptureBytes& section() {
        return block(0x0a0d0d0a, body().u32(0x1a2b3c4d).u16(1).u16(0).u64(~std::uint64_t{0}));
    }
    CaptureBytes& interface(std::uint16_t link, const CaptureBytes& options,
                            std::uint32_t snap_bytes = 0) {
        CaptureBytes content = body().u16(link).u16(0).u32(snap_bytes);
        content.bytes_.insert(content.bytes_.end(), options.bytes_.begin(), options.bytes_.end());
        return block(1, content);
    }
    CaptureBytes& interface(std::uint16_t link) { return interface(link, body()); }
    CaptureBytes& enhanced(std::uint32_t interface, std::uint64_t units, std::string_view data) {
        const auto length = static_cast<std::uint32_t>(data.size());
        return block(6, body()
                            .u32(interface)
                            .u32(static_cast<std::uint32_t>(units >> 32U))
                            .u32(static_cast<std::uint32_t>(units))
                            .u32(length)
                            .u32(length)
                            .text(data));
    }
    /// Empty bytes in the same byte order.
    [[nodiscard]] CaptureBytes body() const { return CaptureBytes(big_endian_); }

    [[nodiscard]] ByteView view() const noexcept { return bytes_; }
    [[nodiscard]] std::vector<std::uint8_t>& bytes() noexcept { return bytes_; }

  private:
    CaptureBytes& integer(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) {
            const unsigned shift = 8 * (big_endian_ ? size - 1 - i : i);
            bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
        }
        return *this;
    }

    std::vector<std::uint8_t> bytes_;
    bool big_endian_;
};

}  // namespace vedette::sys
