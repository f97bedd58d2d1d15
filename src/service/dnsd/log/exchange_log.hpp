// Turns exchanges into the events that the trace makes, and hands them to the storage thread. Each
// thread that answers fills a batch of its own; a batch that finds no room in the queue is dropped
// and counted: answers never wait for the log.
#pragma once

#include <atomic>
#include <memory>

#include "pipeline/batch_queue.hpp"
#include "service/dnsd/log/neighbours.hpp"
#include "service/dnsd/net/observer.hpp"

namespace vedette::dnsd {

/// Shared by the observers of one server; read by anybody.
struct LogCounters {
    std::atomic<std::uint64_t> logged{0};   ///< handed to the storage thread
    std::atomic<std::uint64_t> dropped{0};  ///< lost because the queue was full
};

class ExchangeLog final : public ExchangeObserver {
  public:
    /// Whether each message is also told at once, for detectors that count rates.
    enum class Sightings : std::uint8_t { Off, On };

    /// The queue and the counters must outlive it.
    ExchangeLog(pipeline::BatchQueue& queue, LogCounters& counters,
                Sightings sightings = Sightings::Off);
    ~ExchangeLog() override;
    ExchangeLog(const ExchangeLog&) = delete;
    ExchangeLog& operator=(const ExchangeLog&) = delete;

    void observe(const Exchange& exchange) noexcept override;
    void batch_end(Timestamp now) noexcept override;

  private:
    void hand_over() noexcept;
    void name_client(DnsTransaction& event);

    pipeline::BatchQueue& queue_;
    LogCounters& counters_;
    Sightings sightings_;
    std::unique_ptr<EventBatch> batch_;
    Timestamp oldest_ = kNever;
    Neighbours neighbours_;
    Timestamp neighbours_read_ = kNever;
};

}  // namespace vedette::dnsd
