// DHCPv4 and DHCPv6 messages -> events, and leases followed from Discover to ACK, Release or
// expiry. Single thread; bounded by its limits whatever is sent.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "decode/identity.hpp"
#include "decode/packet_context.hpp"
#include "model/event_batch.hpp"
#include "model/ledger.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::decode {

/// When a table is full, offers go before leases and the longest silent client goes first.
struct DhcpTrackerLimits {
    std::uint32_t max_leases = 65'536;
    std::uint32_t max_transactions = 16'384;  ///< clients whose words are remembered
};

class DhcpTracker {
  public:
    DhcpTracker(Identity& identity, TraceCounts& counts, DhcpTrackerLimits limits = {});
    ~DhcpTracker();

    /// One BOOTP/DHCPv4 payload (ports 67, 68, 4011). Counts it and appends its event, and those of
    /// leases that it changed, to `out`. Returns what is wrong with it: the packet is malformed
    /// when its severity is above Info.
    wire::Damage on_v4(const PacketContext& packet, ByteView payload, EventBatch& out);
    /// One DHCPv6 payload (ports 546, 547); the same.
    wire::Damage on_v6(const PacketContext& packet, ByteView payload, EventBatch& out);
    /// Ends leases that ran out. Messages do the same by their time; only idle sources need it.
    void expire(Timestamp now, EventBatch& out);

    /// What is remembered; never above the limits.
    [[nodiscard]] std::size_t lease_count() const noexcept;
    [[nodiscard]] std::size_t client_count() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
