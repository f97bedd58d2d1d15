// DNS messages -> transactions. Pairs a query with its answer by 5-tuple, id and question;
// multicast is never paired. Bounded: when the table is full the oldest query is told as
// unanswered and counted.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "decode/identity.hpp"
#include "decode/packet_context.hpp"
#include "model/event_batch.hpp"
#include "model/ledger.hpp"

namespace vedette::decode {

struct DnsTrackerLimits {
    std::uint32_t max_pending = 262'144;
    Duration timeout = Duration::seconds(10);
    std::uint32_t max_message_copy = 65'535;  ///< bytes of a message kept in the event
    bool sightings = false;  ///< also tell each message at once (EventBatch::sightings)
};

class DnsTracker {
  public:
    DnsTracker(Identity& identity, TraceCounts& counts, DnsTrackerLimits limits = {});
    ~DnsTracker();

    /// Whether the bytes look enough like a DNS message to be taken as one on an unusual port.
    [[nodiscard]] static bool looks_like_dns(ByteView message) noexcept;

    /// One whole message (TCP length prefix removed). Counts it, pairs it, appends what is
    /// complete to `out`.
    void on_message(const PacketContext& packet, DnsProtocol protocol, ByteView message,
                    EventBatch& out);
    /// Tells queries older than the timeout as unanswered.
    void expire(Timestamp now, EventBatch& out);
    /// Tells everything still pending as unanswered; at the end of a source.
    void flush(EventBatch& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
