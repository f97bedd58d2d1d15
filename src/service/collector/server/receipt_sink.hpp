// The store of a log server, wrapped so that a sensor hears that its batch is stored only when it
// is. After a failure the store's own account counts: what was lost, and everything that was taken
// since, is left out and comes again, in order. Storage thread.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "pipeline/sinks.hpp"
#include "service/collector/server/stream_book.hpp"

namespace vedette::collector {

class ReceiptSink final : public pipeline::EventSink {
  public:
    struct Hooks {
        /// Puts what the store knows into the book; called after it lost something.
        std::function<Result<void>(StreamBook&)> reload;
        /// Wakes the server: there is something to acknowledge.
        std::function<void()> stored;
    };
    /// `store` may be null: then the flush of the sinks before this one is all there is.
    ReceiptSink(pipeline::EventSink* store, StreamBook& book, Hooks hooks);

    [[nodiscard]] std::string_view name() const noexcept override { return "store"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] std::uint64_t lost() const noexcept override;

  private:
    [[nodiscard]] Result<void> look_for_loss();

    pipeline::EventSink* store_;
    StreamBook& book_;
    Hooks hooks_;
    std::vector<std::pair<StreamKey, std::uint64_t>> open_;  // consumed, not yet flushed
    std::uint64_t lost_ = 0;
};

}  // namespace vedette::collector
