#include "service/guard/evidence_ring.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace vedette::service {

EvidenceRing::EvidenceRing(std::size_t bytes)
    : bytes_(std::max<std::size_t>(bytes, 2 * std::size_t{kPacketBytes})) {}

void EvidenceRing::keep(const sys::PacketBatch& batch, std::uint64_t first,
                        const EventBatch& events, const Marks& marks) {
    const std::scoped_lock lock(mutex_);
    const auto record = [&](std::uint64_t number) -> const sys::PacketRecord* {
        const std::uint64_t index = number - first;  // a packet of an earlier batch wraps round
        return index < batch.packets.size() ? &batch.packets[index] : nullptr;
    };
    for (const DnsSighting& seen : std::span(events.sightings).subspan(marks.sightings)) {
        if (!entries_.empty() && entries_.back().number == seen.packet) continue;
        if (const auto* packet = record(seen.packet)) {
            Entry entry;
            entry.number = seen.packet;
            entry.source = seen.source;
            entry.destination = seen.destination;
            add(*packet, std::move(entry));
        }
    }
    for (const DhcpMessage& event : std::span(events.dhcp).subspan(marks.dhcp)) {
        if (const auto* packet = record(event.packet)) {
            Entry entry;
            entry.number = event.packet;
            entry.source = event.source;
            entry.destination = event.destination;
            entry.client_mac = event.client_mac;
            add(*packet, std::move(entry));
        }
    }
}

void EvidenceRing::add(const sys::PacketRecord& packet, Entry&& entry) {
    entry.time = packet.time;
    entry.captured = std::min(packet.captured, kPacketBytes);
    entry.original = packet.original;
    entry.link_type = packet.link_type;
    const std::uint64_t at = end_ % bytes_.size();
    if (at + entry.captured > bytes_.size())
        end_ += bytes_.size() - at;  // packets lie in one piece
    entry.start = end_;
    end_ += entry.captured;
    while (!entries_.empty() && entries_.front().start + bytes_.size() < end_)
        entries_.pop_front();
    if (entries_.size() >= bytes_.size() / 64) entries_.pop_front();
    std::memcpy(bytes_.data() + entry.start % bytes_.size(), packet.data, entry.captured);
    entries_.push_back(entry);
}

bool EvidenceRing::is_of(const Entry& entry, const Finding& finding) noexcept {
    if (!finding.client_mac.is_zero() && entry.client_mac == finding.client_mac) return true;
    const IpAddress& host = finding.client.is_unspecified() ? finding.server : finding.client;
    if (host.is_unspecified()) return false;
    return entry.source == host || entry.destination == host;
}

EvidencePacket EvidenceRing::copy(const Entry& entry) const {
    EvidencePacket packet;
    packet.number = entry.number;
    packet.time = entry.time;
    packet.original = entry.original;
    packet.link_type = entry.link_type;
    const std::uint8_t* const begin = bytes_.data() + entry.start % bytes_.size();
    packet.bytes.assign(begin, begin + entry.captured);
    return packet;
}

std::vector<EvidencePacket> EvidenceRing::slice(const Finding& finding) const {
    std::vector<EvidencePacket> packets;
    std::size_t bytes = 0;
    const std::scoped_lock lock(mutex_);
    const auto take = [&](const Entry& entry) {
        if (packets.size() >= kSlicePackets || bytes + entry.captured > kSliceBytes) return;
        packets.push_back(copy(entry));
        bytes += entry.captured;
    };
    const auto is_named = [&](const Entry& entry) {
        return std::ranges::find(finding.packets, entry.number) != finding.packets.end();
    };
    for (const Entry& entry : entries_) {
        if (!finding.packets.empty() && is_named(entry)) take(entry);
    }
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (packets.size() >= kSlicePackets || bytes >= kSliceBytes) break;
        if (is_of(*entry, finding) && !is_named(*entry)) take(*entry);
    }
    std::ranges::sort(packets, {}, &EvidencePacket::number);
    return packets;
}

std::size_t EvidenceRing::memory_bytes() const noexcept {
    return bytes_.size() + bytes_.size() / 64 * sizeof(Entry);
}

void EvidenceStage::decode(const sys::PacketBatch& batch, EventBatch& out) {
    const EvidenceRing::Marks marks{out.sightings.size(), out.dhcp.size(), out.anomalies.size()};
    const std::uint64_t first = inner_->counts().packets + 1;
    inner_->decode(batch, out);
    ring_->keep(batch, first, out, marks);
}

}  // namespace vedette::service
