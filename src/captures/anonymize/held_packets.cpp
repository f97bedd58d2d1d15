#include "captures/anonymize/held_packets.hpp"

#include <algorithm>
#include <utility>

namespace vedette::captures {
namespace {

constexpr std::size_t kMaxSpare = 256;
constexpr std::size_t kMaxSpareBytes = 4'096;

}  // namespace

HeldPacket& HeldPackets::push(const sys::PacketRecord& record) {
    if (spare_.empty()) {
        packets_.emplace_back();
    } else {
        packets_.push_back(std::move(spare_.back()));
        spare_.pop_back();
    }
    HeldPacket& packet = packets_.back();
    packet.bytes.assign(record.captured, 0);
    packet.jobs.clear();
    packet.open = 0;
    packet.record = record;
    packet.record.data = packet.bytes.data();
    bytes_ += record.captured;
    return packet;
}

void HeldPackets::pop_front() {
    bytes_ -= packets_.front().record.captured;
    if (spare_.size() < kMaxSpare && packets_.front().bytes.capacity() <= kMaxSpareBytes) {
        spare_.push_back(std::move(packets_.front()));
    }
    packets_.pop_front();
    ++first_;
}

void HeldPackets::write(const Piece& piece, ByteView whole) noexcept {
    std::ranges::copy(whole.subspan(piece.at, piece.length),
                      (*this)[piece.packet].bytes.begin() + piece.offset);
}

}  // namespace vedette::captures
