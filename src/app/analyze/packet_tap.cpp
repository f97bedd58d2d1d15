#include "app/analyze/packet_tap.hpp"

namespace vedette::app {
namespace {

/// Packets ahead whose first bytes are asked for, as Decoder does.
constexpr std::size_t kPrefetchAhead = 4;

}  // namespace

Result<void> PacketTap::consume(const sys::PacketBatch& batch,
                                const std::vector<sys::InterfaceInfo>&) {
    if (consumers_.empty()) return {};
    const std::size_t count = batch.packets.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (i + kPrefetchAhead < count) {
            __builtin_prefetch(batch.packets[i + kPrefetchAhead].data);
        }
        const sys::PacketRecord& record = batch.packets[i];
        inspector_.inspect(record, ++packets_, facts_);
        for (PacketConsumer* const consumer : consumers_)
            VEDETTE_TRY(consumer->add(record, facts_));
    }
    return {};
}

Result<void> PacketTap::finish() {
    for (PacketConsumer* const consumer : consumers_)
        VEDETTE_TRY(consumer->finish());
    return {};
}

void CountingStage::decode(const sys::PacketBatch& batch, EventBatch&) {
    counts_.packets += batch.packets.size();
    counts_.not_ours += batch.packets.size();
    for (const sys::PacketRecord& record : batch.packets)
        counts_.bytes += record.captured;
}

}  // namespace vedette::app
