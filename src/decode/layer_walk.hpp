// One packet, from its link header to the tracker that wants its message. A loop over layers, never
// a recursion: a tunnel or a reassembled datagram goes round again, and the rounds are counted.
// Keeps the books of what each packet was. One thread.
#pragma once

#include <cstdint>

#include "decode/decoder.hpp"
#include "decode/encrypted_sights.hpp"
#include "decode/ip_defragmenter.hpp"
#include "decode/port_table.hpp"
#include "decode/stream_table.hpp"
#include "decode/traced_exchanges.hpp"
#include "wire/ip/ip.hpp"
#include "wire/ip/tunnel.hpp"
#include "wire/link/link.hpp"

namespace vedette::decode {

/// Where a packet ended in the ledger. Rising: of several parts of one frame the best counts.
enum class Outcome : std::uint8_t { NotOurs, Damaged, Held, Decoded };

class LayerWalk final : public StreamMessageSink {
  public:
    LayerWalk(const DecoderOptions& options, TraceCounts& counts);

    /// Anomaly events appended to one batch; beyond this they are only counted.
    static constexpr std::uint32_t kMaxAnomalyEvents = 256;
    /// Bytes of a damaged packet kept as evidence.
    static constexpr std::uint32_t kEvidenceBytes = 64;

    void begin_batch() noexcept { anomaly_events_ = 0; }
    /// `time` is sane (see Decoder); `number` is 1-based.
    Outcome packet(const sys::PacketRecord& record, Timestamp time, std::uint64_t number,
                   EventBatch& out);
    void expire(Timestamp now, EventBatch& out);
    void finish(EventBatch& out);

  private:
    /// What is to be read next, or that nothing is. Two registers: handed back in memory, written
    /// in parts and copied whole, it stalls the processor.
    class Round {
      public:
        Round() noexcept = default;
        Round(bool again, Outcome outcome, std::uint16_t ether_type, ByteView bytes) noexcept
            : data_(bytes.data()),
              size_(static_cast<std::uint32_t>(bytes.size())),
              what_(std::uint32_t{ether_type} | static_cast<std::uint32_t>(outcome) << 16U |
                    static_cast<std::uint32_t>(again) << 24U) {}
        [[nodiscard]] bool again() const noexcept { return what_ >> 24U != 0; }
        [[nodiscard]] Outcome outcome() const noexcept {
            return static_cast<Outcome>(what_ >> 16U & 0xffU);
        }
        [[nodiscard]] std::uint16_t ether_type() const noexcept {
            return static_cast<std::uint16_t>(what_);
        }
        [[nodiscard]] ByteView bytes() const noexcept { return {data_, size_}; }

      private:
        const std::uint8_t* data_ = nullptr;
        std::uint32_t size_ = 0;
        std::uint32_t what_ = 0;  // EtherType(16) | outcome(8) | again(8), from the low end
    };

    void on_stream_message(const PacketContext& context, ByteView message) override;
    void on_stream_anomaly(const PacketContext& context, wire::AnomalyId id) override;
    void on_stream_traced(const PacketContext& context, ByteView frame) override;

    Outcome frame(const sys::PacketRecord& record);
    Outcome network(std::uint16_t ether_type, ByteView bytes);
    Round ip(std::uint16_t ether_type, ByteView bytes);
    bool reassemble(wire::ip::IpView& view);
    Round transport(const wire::ip::IpView& view);
    Round udp(const wire::ip::IpView& view);
    Outcome tcp(const wire::ip::IpView& view);
    Round tunnel(wire::ip::Tunnel tunnel, ByteView bytes, bool cut);
    Outcome datagram(Service service, ByteView payload);
    Outcome dhcp(Service service, ByteView payload);
    Outcome dns(const PacketContext& context, DnsProtocol protocol, ByteView message);
    void traced();
    Outcome arp(ByteView bytes);
    Outcome ndp(const wire::ip::IpView& view);
    void neighbour(const IpAddress& address, ByteView mac, MacSource source);
    Outcome damaged(wire::Damage damage);
    void note(wire::Damage damage);
    void mark(wire::Damage damage) noexcept;

    const DecoderOptions& options_;
    TraceCounts& counts_;
    PortTable ports_;
    Identity identity_;
    DnsTracker dns_;
    DhcpTracker dhcp_;
    IpDefragmenter fragments_;
    StreamTable streams_;
    TracedExchanges traced_;
    EncryptedSights sights_{identity_};

    // The packet under way.
    EventBatch* out_ = nullptr;
    const sys::PacketRecord* record_ = nullptr;
    PacketContext context_;
    std::uint32_t anomaly_events_ = 0;
    std::uint32_t stream_messages_ = 0;
    bool malformed_ = false;
    bool saw_vlan_ = false;
    bool saw_ipv6_ = false;
};

}  // namespace vedette::decode
