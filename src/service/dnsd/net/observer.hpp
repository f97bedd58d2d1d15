// What the transports tell about each exchange: counters for the operator, and the exchange itself
// for the log. Implementations must be fast and must never block: they run between two answers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/dns_transaction.hpp"
#include "service/dnsd/answer/responder.hpp"
#include "service/dnsd/net/endpoint.hpp"

namespace vedette::dnsd {

/// One exchange, borrowed for the call.
struct Exchange {
    Timestamp received;
    Timestamp answered;  ///< kNever when no answer was sent
    Endpoint client;
    Endpoint server;
    Transport transport = Transport::Udp;
    ByteView query;
    ByteView response;  ///< empty when no answer was sent
    const Query* parsed = nullptr;
    AnswerOutcome outcome;
};

/// One per thread that answers; calls come from that thread alone.
class ExchangeObserver {
  public:
    virtual ~ExchangeObserver() = default;
    virtual void observe(const Exchange& exchange) noexcept = 0;
    /// The batch is over: hand on what is full or old enough.
    virtual void batch_end(Timestamp now) noexcept = 0;
};

/// How a worker's thread ends.
enum class Ending : std::uint8_t {
    Last,        ///< nobody else serves its sockets: what has arrived is answered first
    HandedOver,  ///< another process serves them already: connections are served to their end
};

/// Written by one thread, read by any.
struct ServerCounters {
    std::atomic<std::uint64_t> queries{0};
    std::atomic<std::uint64_t> answers{0};
    std::atomic<std::uint64_t> dropped{0};  ///< not questions, or too short
    std::atomic<std::uint64_t> truncated{0};
    std::atomic<std::uint64_t> rate_limited{0};
    std::atomic<std::uint64_t> send_failures{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> refused_connections{0};
    std::array<std::atomic<std::uint64_t>, 17> rcodes{};

    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) noexcept {
        counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
};

}  // namespace vedette::dnsd
