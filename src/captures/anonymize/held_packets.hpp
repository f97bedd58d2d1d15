// The packets of Anonymizer that wait for each other, in order, and the pieces of them that are not
// written yet. Internal to captures/anonymize. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/bytes.hpp"
#include "captures/anonymize/checksum.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::captures {

/// A run of bytes of a held packet that belongs to something larger.
struct Piece {
    std::uint64_t packet = 0;  ///< as HeldPackets numbers them
    std::uint32_t offset = 0;  ///< in the packet
    std::uint32_t length = 0;
    std::uint32_t at = 0;  ///< in what it belongs to
};

struct HeldPacket {
    sys::PacketRecord record;  ///< its data points to `bytes`
    std::vector<std::uint8_t> bytes;
    std::vector<ChecksumJob> jobs;
    std::uint32_t open = 0;  ///< pieces that are not written yet
};

class HeldPackets {
  public:
    /// The next packet: as many zero bytes, no jobs, nothing open.
    HeldPacket& push(const sys::PacketRecord& record);
    [[nodiscard]] std::uint64_t newest() const noexcept { return first_ + packets_.size() - 1; }
    [[nodiscard]] HeldPacket& operator[](std::uint64_t number) noexcept {
        return packets_[static_cast<std::size_t>(number - first_)];
    }
    [[nodiscard]] bool holds(std::uint64_t number) const noexcept {
        return number >= first_ && number - first_ < packets_.size();
    }
    [[nodiscard]] bool empty() const noexcept { return packets_.empty(); }
    [[nodiscard]] HeldPacket& front() noexcept { return packets_.front(); }
    [[nodiscard]] std::uint64_t front_number() const noexcept { return first_; }
    void pop_front();
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    void open(const Piece& piece) noexcept { ++(*this)[piece.packet].open; }
    /// Copies the piece's part of `whole` to where it stands.
    void write(const Piece& piece, ByteView whole) noexcept;
    void close(const Piece& piece) noexcept { --(*this)[piece.packet].open; }

  private:
    std::deque<HeldPacket> packets_;
    std::vector<HeldPacket> spare_;  // for their memory
    std::uint64_t first_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace vedette::captures
