#include "service/collector/server/receipt_sink.hpp"

namespace vedette::collector {

ReceiptSink::ReceiptSink(pipeline::EventSink* store, StreamBook& book, Hooks hooks)
    : store_(store), book_(book), hooks_(std::move(hooks)), lost_(lost()) {}

std::uint64_t ReceiptSink::lost() const noexcept {
    return store_ == nullptr ? 0 : store_->lost();
}

/// A store that lost a batch may work again for the next one. That one must not be stored before
/// the lost one has come again, or its number would hide the gap.
Result<void> ReceiptSink::look_for_loss() {
    const std::uint64_t lost_now = lost();
    if (lost_now == lost_) return {};
    lost_ = lost_now;
    open_.clear();
    if (hooks_.reload) VEDETTE_TRY(hooks_.reload(book_));
    book_.start_over();
    if (hooks_.stored) hooks_.stored();
    return {};
}

Result<void> ReceiptSink::consume(const EventBatch& batch) {
    VEDETTE_TRY(look_for_loss());
    const BatchOrigin& origin = batch.origin;
    if (origin.numbered() && origin.age != book_.age()) return {};
    if (store_ != nullptr) VEDETTE_TRY(store_->consume(batch));
    if (origin.numbered()) open_.push_back({{origin.sensor, origin.stream}, origin.sequence});
    return {};
}

Result<void> ReceiptSink::flush() {
    if (store_ != nullptr) VEDETTE_TRY(store_->flush());
    VEDETTE_TRY(look_for_loss());
    if (open_.empty()) return {};
    book_.store(open_);
    open_.clear();
    if (hooks_.stored) hooks_.stored();
    return {};
}

}  // namespace vedette::collector
