// DNS messages -> transactions. Pairs a query with its answer by 5-tuple, id and question (ASCII
// case aside); multicast is never paired. Bounded: when the table is full the oldest query is told
// as unanswered and counted.
//
// Every query is one transaction, as in Zeek's dns.log: of two alike (a retransmission) the older
// takes the first answer, the younger the second or none. An answer that no query waits for is an
// orphan: a duplicate, a late one, or a forgery. An answer without a question (FORMERR, header
// only) belongs to the oldest query with its addresses and id; one with another question to none.
// A zone transfer over TCP stays one transaction until its last SOA or until it falls silent.
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
    std::uint32_t max_pending_bytes = 32U << 20U;  ///< of waiting queries' messages
    std::uint32_t max_message_copy = 65'535;       ///< bytes of a message kept in the event
    std::uint64_t hash_seed = 0;                   ///< of the pairing table; 0 draws a secret one
    bool sightings = false;  ///< also tell each message at once (EventBatch::sightings)
};

class DnsTracker {
  public:
    DnsTracker(Identity& identity, TraceCounts& counts, DnsTrackerLimits limits = {});
    ~DnsTracker();

    /// Whether the bytes look enough like a DNS message to be taken as one on an unusual port.
    [[nodiscard]] static bool looks_like_dns(ByteView message) noexcept;

    /// One whole message (TCP length prefix removed), after Identity::on_packet(). Counts it, pairs
    /// it, appends what is complete to `out`. Returns what is wrong with it: the packet is
    /// malformed when its severity is above Info.
    wire::Damage on_message(const PacketContext& packet, DnsProtocol protocol, ByteView message,
                            EventBatch& out);
    /// Tells queries older than the timeout as unanswered. Queries that are more than the timeout
    /// younger than `now` go too: the clock was set back, or the file was merged from several.
    /// on_message() does the same by packet time; only idle live sources need the call.
    void expire(Timestamp now, EventBatch& out);
    /// Tells everything still pending as unanswered; at the end of a source.
    void flush(EventBatch& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
