// The stores as sinks of the pipeline: the database and the day files. Run on the storage thread.
#pragma once

#include <memory>
#include <string>

#include "pipeline/sinks.hpp"
#include "store/dayfile/day_files.hpp"
#include "store/dayfile/event_lines.hpp"
#include "store/event_store.hpp"

namespace vedette::app {

class StoreSink final : public pipeline::EventSink {
  public:
    explicit StoreSink(std::unique_ptr<store::EventWriter> writer) : writer_(std::move(writer)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "store"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override {
        return writer_->append(batch);
    }
    [[nodiscard]] Result<void> flush() override { return writer_->flush(); }
    [[nodiscard]] std::uint64_t lost() const noexcept override {
        return writer_->statistics().not_stored;
    }
    [[nodiscard]] const store::EventWriter& writer() const noexcept { return *writer_; }

  private:
    std::unique_ptr<store::EventWriter> writer_;
};

class DayFileSink final : public pipeline::EventSink {
  public:
    explicit DayFileSink(store::DayFiles files) : files_(std::move(files)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "day files"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override { return files_.flush(); }
    [[nodiscard]] std::uint64_t lost() const noexcept override { return files_.lines_lost(); }
    [[nodiscard]] store::DayFiles& files() noexcept { return files_; }
    /// What compressing and deleting past days could not do.
    [[nodiscard]] std::vector<std::string> complaints() { return files_.keeper_errors(); }

  private:
    store::DayFiles files_;
    store::EventLines lines_;
    std::string text_;
};

}  // namespace vedette::app
