// dnstap records -> transactions: queries and responses that name servers report go through the
// same pairing as captured ones. One object per connection or file; one thread. Bounded like the
// tracker.
#pragma once

#include <cstdint>
#include <memory>

#include "decode/dns_tracker.hpp"
#include "model/event_batch.hpp"

namespace vedette::decode {

struct DnstapCounts {
    std::uint64_t messages = 0;
    std::uint64_t damaged = 0;  ///< frames that are no dnstap messages
};

class DnstapMessages {
  public:
    explicit DnstapMessages(DnsTrackerLimits limits = {});
    ~DnstapMessages();

    /// One data frame. False when it is none of a message; it is counted then.
    bool take(ByteView frame, EventBatch& out);
    /// Live: tells queries that waited too long.
    void expire(Timestamp now, EventBatch& out);
    /// The end: tells everything that still waits.
    void flush(EventBatch& out);

    /// Queries that may still be answered.
    [[nodiscard]] std::uint64_t waiting() const noexcept;
    /// What the newest record's server calls itself; empty when it says nothing.
    [[nodiscard]] std::string_view identity() const noexcept;
    [[nodiscard]] const DnstapCounts& counts() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
