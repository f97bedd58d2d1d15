// The last packets that carried DNS or DHCP, kept so that an alert can show its own: a ring of
// bytes that the capture thread fills and the storage thread cuts slices from. Costs one copy per
// DNS or DHCP packet; other traffic is not touched. Bounded by its construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"
#include "model/alert.hpp"
#include "model/event_batch.hpp"
#include "pipeline/packet_stage.hpp"

namespace vedette::service {

class EvidenceRing {
  public:
    /// `bytes` of packets; their index takes about as much again for the smallest packets.
    explicit EvidenceRing(std::size_t bytes);

    /// Keeps the packets of `batch` that the events of `events` from `marks` on name; the first
    /// packet of the batch has the number `first`. Capture thread.
    struct Marks {
        std::size_t sightings = 0;
        std::size_t dhcp = 0;
        std::size_t anomalies = 0;
    };
    void keep(const sys::PacketBatch& batch, std::uint64_t first, const EventBatch& events,
              const Marks& marks);

    /// The packets that belong to `finding`, oldest first: those it names, then the newest of its
    /// host, at most kSlicePackets of kSliceBytes together. Any thread.
    [[nodiscard]] std::vector<EvidencePacket> slice(const Finding& finding) const;

    static constexpr std::size_t kSlicePackets = 64;
    static constexpr std::size_t kSliceBytes = 64U << 10U;
    static constexpr std::uint32_t kPacketBytes = 4'096;  ///< kept of one packet

    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    struct Entry {
        std::uint64_t number = 0;
        std::uint64_t start = 0;  ///< in the endless line of bytes of which the ring is the end
        Timestamp time;
        IpAddress source;
        IpAddress destination;
        MacAddress client_mac;  ///< DHCP only
        std::uint32_t captured = 0;
        std::uint32_t original = 0;
        std::uint16_t link_type = 0;
    };

    void add(const sys::PacketRecord& packet, Entry&& entry);
    [[nodiscard]] EvidencePacket copy(const Entry& entry) const;
    [[nodiscard]] static bool is_of(const Entry& entry, const Finding& finding) noexcept;

    mutable std::mutex mutex_;
    std::vector<std::uint8_t> bytes_;  // guarded by mutex_, as all below
    std::uint64_t end_ = 0;
    std::deque<Entry> entries_;
};

/// A stage that feeds the ring. Both must outlive it.
class EvidenceStage final : public pipeline::PacketStage {
  public:
    EvidenceStage(pipeline::PacketStage& inner, EvidenceRing& ring) noexcept
        : inner_(&inner), ring_(&ring) {}

    void decode(const sys::PacketBatch& batch, EventBatch& out) override;
    void advance(Timestamp now, EventBatch& out) override { inner_->advance(now, out); }
    void finish(EventBatch& out) override { inner_->finish(out); }
    const TraceCounts& counts() const noexcept override { return inner_->counts(); }

  private:
    pipeline::PacketStage* inner_;
    EvidenceRing* ring_;
};

}  // namespace vedette::service
