#include "store/dayfile/day_file_writer.hpp"

#include <utility>

#include "store/dayfile/event_lines.hpp"

namespace vedette::store {
namespace {

class DayFileWriter final : public EventWriter {
  public:
    explicit DayFileWriter(DayFiles files) : files_(std::move(files)) {}

    Result<void> append(const EventBatch& batch) override {
        for (const DnsTransaction& event : batch.dns) {
            line_.clear();
            lines_.append(line_, event, batch.bytes);
            files_.write(DayKind::Dns, event.time(), line_);
        }
        for (const DhcpMessage& event : batch.dhcp) {
            line_.clear();
            lines_.append(line_, event, batch.bytes);
            files_.write(DayKind::Dhcp, event.time, line_);
        }
        statistics_.transactions += batch.dns.size();
        statistics_.dhcp_messages += batch.dhcp.size();
        return {};
    }

    Result<void> flush() override {
        ++statistics_.commits;
        const Result<void> flushed = files_.flush();
        degraded_ = !flushed;
        if (flushed || flushed.error().kind == ErrorKind::NoSpace) return {};
        return flushed;
    }

    WriterStatistics statistics() const noexcept override {
        WriterStatistics statistics = statistics_;
        statistics.not_stored = files_.lines_lost();
        return statistics;
    }
    bool degraded() const noexcept override { return degraded_; }

  private:
    DayFiles files_;
    EventLines lines_;
    std::string line_;
    WriterStatistics statistics_;
    bool degraded_ = false;
};

}  // namespace

Result<std::unique_ptr<EventWriter>> make_day_file_writer(const std::string& folder,
                                                          DayRetention retention) {
    auto files = DayFiles::open(folder, retention);
    if (!files) return std::unexpected(std::move(files).error());
    return std::make_unique<DayFileWriter>(std::move(*files));
}

}  // namespace vedette::store
