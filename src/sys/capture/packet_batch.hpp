// A batch of raw packets as a source delivers it: timestamps, lengths and bytes. The bytes live in
// the batch's own storage or in memory that the source keeps until its next read() (a ring of the
// kernel) or for as long as somebody holds it (the window of a file); views are valid until the
// batch is cleared or read into again, or its window is given up.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace vedette::sys {

/// One captured packet. `link_type` is a LINKTYPE_ value of the pcap registry (1 = Ethernet).
/// `time` is always known and within [0, 2^62] ns, whatever the file says, so that differences and
/// small sums cannot overflow.
struct PacketRecord {
    Timestamp time;
    const std::uint8_t* data = nullptr;  ///< first captured byte; never dereference past `captured`
    std::uint32_t captured = 0;          ///< bytes at `data`
    std::uint32_t original = 0;          ///< bytes on the wire, >= captured unless the file lies
    std::uint16_t link_type = 0;
    std::uint16_t interface = 0;  ///< index in PacketSource::interfaces()

    [[nodiscard]] ByteView bytes() const noexcept { return {data, captured}; }
};

/// Packets in capture order. Reused from read to read so that nothing is allocated per packet.
struct PacketBatch {
    std::vector<PacketRecord> packets;
    std::vector<std::uint8_t> storage;  ///< used by sources that must copy; records point into it
    /// What all records point into, when a copy of this pointer keeps it from being written over;
    /// else null. Copies are to be given up on the thread that reads the source.
    std::shared_ptr<const std::uint8_t[]> window;

    void clear() noexcept {
        packets.clear();
        storage.clear();
        window.reset();
    }
};

}  // namespace vedette::sys
