// DHCPv4 and DHCPv6 messages -> events, and leases followed from Discover to ACK, Release or
// expiry.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "decode/identity.hpp"
#include "decode/packet_context.hpp"
#include "model/event_batch.hpp"
#include "model/ledger.hpp"

namespace vedette::decode {

struct DhcpTrackerLimits {
    std::uint32_t max_leases = 65'536;
    std::uint32_t max_transactions = 16'384;  ///< exchanges under way
};

class DhcpTracker {
  public:
    DhcpTracker(Identity& identity, TraceCounts& counts, DhcpTrackerLimits limits = {});
    ~DhcpTracker();

    /// One BOOTP/DHCPv4 payload (ports 67, 68, 4011).
    void on_v4(const PacketContext& packet, ByteView payload, EventBatch& out);
    /// One DHCPv6 payload (ports 546, 547).
    void on_v6(const PacketContext& packet, ByteView payload, EventBatch& out);
    /// Ends leases that ran out.
    void expire(Timestamp now, EventBatch& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
