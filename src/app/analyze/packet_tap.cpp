#include "app/analyze/packet_tap.hpp"

#include <memory>

namespace vedette::app {
namespace {

/// Packets ahead whose first bytes are asked for, as Decoder does.
constexpr std::size_t kPrefetchAhead = 4;

}  // namespace

std::unique_ptr<pipeline::PacketWork> PacketTap::make_work() {
    if (listing_ == nullptr) return nullptr;
    return std::make_unique<CsvListing::Batch>(*listing_);
}

Result<void> PacketTap::consume(const sys::PacketBatch& batch,
                                const std::vector<sys::InterfaceInfo>&,
                                pipeline::PacketWork* work) {
    if (consumers_.empty() && work == nullptr) return {};
    const std::size_t count = batch.packets.size();
    // All work is of make_work().
    decode::PacketFacts* facts =
        work != nullptr ? static_cast<CsvListing::Batch*>(work)->facts(count).data() : &facts_;
    for (std::size_t i = 0; i < count; ++i) {
        if (i + kPrefetchAhead < count) {
            __builtin_prefetch(batch.packets[i + kPrefetchAhead].data);
        }
        const sys::PacketRecord& record = batch.packets[i];
        inspector_.inspect(record, ++packets_, *facts);
        for (PacketConsumer* const consumer : consumers_)
            VEDETTE_TRY(consumer->add(record, *facts));
        if (work != nullptr) ++facts;
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
