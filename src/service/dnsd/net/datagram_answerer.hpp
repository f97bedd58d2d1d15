// Answers one datagram: from a snapshot, within the limits on what a client can make the server
// send, counted, and told to the log. The way the datagram came (a socket, AF_XDP) is its
// caller's. One object per thread; no heap, no lock and no clock call per question.
#pragma once

#include <span>

#include "service/dnsd/net/observer.hpp"
#include "service/dnsd/net/rate_limiter.hpp"

namespace vedette::dnsd {

class DatagramAnswerer {
  public:
    /// `observer` may be null; it must outlive the answerer.
    DatagramAnswerer(const RateLimits& limits, ExchangeObserver* observer)
        : observer_(observer), limiter_(limits) {}

    /// Who asked whom, and when.
    struct Way {
        Endpoint client;
        Endpoint server;
        Timestamp received;
    };
    /// Writes the answer to `answer`; returns its size, 0 when none is to be sent.
    [[nodiscard]] std::size_t answer(ByteView query, const Way& way, const Snapshot& snapshot,
                                     std::span<std::uint8_t> answer) noexcept;
    /// The batch is over.
    void batch_end(Timestamp now) noexcept {
        if (observer_ != nullptr) observer_->batch_end(now);
    }
    [[nodiscard]] ServerCounters& counters() noexcept { return counters_; }
    [[nodiscard]] const ServerCounters& counters() const noexcept { return counters_; }

  private:
    void limit(AnswerOutcome& outcome, const Way& way, std::span<std::uint8_t> answer) noexcept;

    ExchangeObserver* observer_;
    Responder responder_;
    RateLimiter limiter_;
    ServerCounters counters_;
};

}  // namespace vedette::dnsd
