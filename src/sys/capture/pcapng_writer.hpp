// Writes capture files: pcapng, one section, little-endian, nanoseconds, an interface block the
// first time a packet of an interface comes. Equal packets give equal files: no clock, host or path
// is recorded. Blocks are buffered and written whole; when the disk is full the file keeps its last
// whole block. One thread; the file is complete once flush() returned.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sys/capture/packet_batch.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {

class PcapngWriter {
  public:
    /// Creates or empties `path` (mode 0640); "-" is standard output.
    [[nodiscard]] static Result<PcapngWriter> create(const std::string& path);

    PcapngWriter(PcapngWriter&&) noexcept = default;
    PcapngWriter& operator=(PcapngWriter&&) = delete;  // would lose what is buffered
    /// Writes what is buffered; call flush() before to hear of failures.
    ~PcapngWriter();

    /// Appends one packet. `interface_name` is recorded the first time its interface and link type
    /// are seen; `comment` stands beside the packet (empty: none). Fails with NoSpace or Failed.
    [[nodiscard]] Result<void> write(const PacketRecord& packet, std::string_view interface_name,
                                     std::string_view comment = {});
    [[nodiscard]] Result<void> flush();
    /// Bytes of the file so far, buffered ones included.
    [[nodiscard]] std::uint64_t size() const noexcept { return written_ + buffer_.size(); }

  private:
    struct Interface {
        std::uint16_t number = 0;  // the source's
        std::uint16_t link_type = 0;
    };

    PcapngWriter(Descriptor file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}

    [[nodiscard]] std::uint32_t interface_block(const PacketRecord& packet, std::string_view name);
    /// Opens a block; end_block() pads it and fills in both lengths.
    [[nodiscard]] std::size_t begin_block(std::uint32_t type);
    void end_block(std::size_t start);
    void put(std::uint64_t value, unsigned bytes);
    void put_option(std::uint16_t code, std::string_view value);
    void put_padded(std::string_view bytes);

    Descriptor file_;
    std::string path_;
    std::string buffer_;
    std::vector<Interface> interfaces_;  // in the order of their blocks
    std::uint64_t written_ = 0;
};

}  // namespace vedette::sys
