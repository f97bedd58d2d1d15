#include "captures/extract/selection.hpp"

#include <algorithm>
#include <utility>

#include "model/filter_match.hpp"

namespace vedette::captures {
namespace {

std::uint64_t exchange_of(const DhcpMessage& event) noexcept {
    const std::uint64_t id = std::uint64_t{event.transaction_id} << 1U | (event.v6 ? 1U : 0U);
    return mix64(event.client_mac.to_u64() * 0x9e3779b97f4a7c15ULL ^ id);
}

}  // namespace

bool Selection::contains(std::uint64_t packet) const noexcept {
    return std::ranges::binary_search(packets, packet);
}

void Selection::settle() {
    std::ranges::sort(packets);
    const auto same = std::ranges::unique(packets);
    packets.erase(same.begin(), same.end());
    std::ranges::sort(stream_messages, {}, &StreamMessage::packet);
}

Result<void> SelectionSink::consume(const EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns) {
        if (!matches(filter_, rows_.make(event, batch.bytes))) continue;
        ++selection_.transactions;
        add(event);
    }
    for (const DhcpMessage& event : batch.dhcp) {
        const std::uint64_t exchange = exchange_of(event);
        dhcp_.push_back({exchange, event.packet});
        if (!matches(filter_, rows_.make(event, batch.bytes))) continue;
        ++selection_.dhcp_messages;
        exchanges_.push_back(exchange);
    }
    return {};
}

void SelectionSink::add(const DnsTransaction& event) {
    const bool transfer = (event.marks & DnsMarks::kTransfer) != 0;
    for (const auto& [packet, bytes] : {std::pair{event.query_packet, event.query_bytes},
                                        std::pair{event.response_packet, event.response_bytes}}) {
        if (packet == 0) continue;
        selection_.packets.push_back(packet);
        if (event.transport == Transport::Tcp) {
            selection_.stream_messages.push_back({packet, bytes, transfer});
        }
    }
}

Selection SelectionSink::take() {
    std::ranges::sort(exchanges_);
    for (const DhcpPacket& packet : dhcp_) {
        if (std::ranges::binary_search(exchanges_, packet.exchange)) {
            selection_.packets.push_back(packet.packet);
        }
    }
    selection_.settle();
    return std::exchange(selection_, {});
}

}  // namespace vedette::captures
