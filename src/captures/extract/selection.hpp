// Which packets of a capture belong to transactions that a filter accepts. Events give the packets
// that completed their messages; PacketTrail adds the others of fragments and TCP. One thread at a
// time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/filter.hpp"
#include "pipeline/sinks.hpp"
#include "render/log/log_row.hpp"

namespace vedette::captures {

/// A message that came over TCP: the packet that completed it, and how far it may reach.
struct StreamMessage {
    std::uint64_t packet = 0;
    std::uint32_t bytes = 0;        ///< of the message on the wire
    bool whole_connection = false;  ///< a zone transfer: many messages
};

/// Packets are numbered from 1, as the decoder does; sorted, each once.
struct Selection {
    std::vector<std::uint64_t> packets;
    std::vector<StreamMessage> stream_messages;  ///< by packet
    std::uint64_t transactions = 0;              ///< that the filter accepted
    std::uint64_t dhcp_messages = 0;

    [[nodiscard]] bool contains(std::uint64_t packet) const noexcept;
    /// Sorts and removes what stands twice.
    void settle();
};

/// Takes the events of the first reading. A DHCP message that is accepted brings every message of
/// its exchange (same transaction id and client).
class SelectionSink final : public pipeline::EventSink {
  public:
    explicit SelectionSink(Filter filter) : filter_(std::move(filter)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "extract"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override { return {}; }
    /// After the run.
    [[nodiscard]] Selection take();

  private:
    struct DhcpPacket {
        std::uint64_t exchange = 0;
        std::uint64_t packet = 0;
    };

    void add(const DnsTransaction& event);

    Filter filter_;
    render::LogRowMaker rows_;
    Selection selection_;
    std::vector<DhcpPacket> dhcp_;
    std::vector<std::uint64_t> exchanges_;  // accepted
};

}  // namespace vedette::captures
