// The name server's log: the way of its exchanges from the answering threads to the store and the
// detectors. A store has one writer; a server that takes the place of another waits for it, and
// what is answered meanwhile waits in the queue. For the main thread; torn down after the server.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/context/context.hpp"
#include "app/guard/guard_run.hpp"
#include "app/watch/store_sinks.hpp"
#include "pipeline/sink_thread.hpp"
#include "service/dnsd/log/exchange_log.hpp"
#include "store/dnstap/dnstap_sink.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::app {

class ServeLog {
  public:
    /// Whether another process may hold the store still.
    enum class Start : unsigned char { Alone, AfterAnother };
    /// Null when the settings want nothing logged. Opens the store.
    [[nodiscard]] static Result<std::unique_ptr<ServeLog>> open(const Context& context,
                                                                Start start);
    class Key {
        friend class ServeLog;
        Key() = default;
    };
    ServeLog(Key, const Context& context) : context_(context) {}

    [[nodiscard]] dnsd::ExchangeObserver* make_observer();
    /// Opens the store when it waits for another process and that one is gone. A line when it
    /// cannot be opened for another reason, or has failed; then nothing is logged, and counted.
    [[nodiscard]] std::string look();
    /// After the server has stopped: stores what is left, for fifteen seconds at most or until
    /// `stop` asks twice; then it is counted as not logged. Says what it waits for. What is to be
    /// told in the end, a line each.
    [[nodiscard]] std::vector<std::string> finish(const sys::StopFlag& stop);
    [[nodiscard]] std::string account() const;

  private:
    [[nodiscard]] Result<void> open_sinks();
    /// Once, when the storing thread has given up.
    [[nodiscard]] std::string failure();
    [[nodiscard]] std::uint64_t not_yet_stored() const;

    const Context& context_;
    // Bounded by its memory; a batch of the log is small.
    pipeline::BatchQueue queue_{pipeline::QueueLimits{.batches = 4'096}};
    dnsd::LogCounters counters_;
    std::unique_ptr<StoreSink> sink_;
    std::unique_ptr<GuardRun> guard_;
    std::unique_ptr<store::DnstapSink> dnstap_;
    std::unique_ptr<pipeline::SinkThread> thread_;
    std::vector<std::unique_ptr<dnsd::ExchangeLog>> observers_;
    bool waiting_ = false;
    bool told_failure_ = false;
};

}  // namespace vedette::app
