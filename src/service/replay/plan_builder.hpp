// Puts transactions of a capture into a Plan. Internal to service/replay; one thread.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/event_batch.hpp"
#include "service/replay/plan_loader.hpp"
#include "wire/dns/message.hpp"

namespace vedette::replay {

class PlanBuilder {
  public:
    explicit PlanBuilder(const LoadOptions& options) : options_(options) {}

    /// Before the packets of a batch are decoded: keeps those that the traced form may need.
    void keep_packets(const sys::PacketBatch& batch);
    void add(const EventBatch& batch);
    /// The plan, in capture order.
    [[nodiscard]] Plan finish();
    [[nodiscard]] std::uint64_t bytes() const noexcept;

  private:
    struct Kept {  // a packet, in packets_
        std::size_t offset = 0;
        std::uint32_t bytes = 0;
        std::uint32_t message = 0;  // offset of the message within it
        std::uint16_t message_bytes = 0;
        wire::traced::PayloadKind kind = wire::traced::PayloadKind::Message;
    };
    struct Entry {  // of the order in the capture
        std::uint64_t packet = 0;
        std::uint32_t message = 0;
    };

    void add(const DnsTransaction& event, const ByteArena& bytes);
    [[nodiscard]] bool is_wanted(const DnsTransaction& event);
    void add_damaged(const DnsTransaction& event, ByteView message, ByteView answer);
    void add_whole(const DnsTransaction& event, const wire::dns::MessageView& view,
                   ByteView answer);
    void add_each(const DnsTransaction& event, const wire::dns::MessageView& view);
    PlannedMessage& place(const DnsTransaction& event, ByteView message, ByteView answer);
    void attach_packet(PlannedMessage& planned, const DnsTransaction& event);
    void add_row(const wire::dns::MessageView& view, const wire::dns::QuestionView& question,
                 PlannedMessage& planned, DnsProtocol protocol);
    std::uint32_t append(ByteView bytes);

    const LoadOptions& options_;
    Plan plan_;
    std::vector<Entry> order_;
    std::vector<std::uint8_t> packets_;
    std::unordered_map<std::uint64_t, Kept> kept_;  // by number in the source
    std::uint64_t packet_count_ = 0;
};

}  // namespace vedette::replay
