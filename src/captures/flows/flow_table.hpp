// Packets -> flows. A packet belongs to the flow of its addresses, protocol and ports, whichever
// way it goes; a fragment to that of its first fragment. Flows end by silence, by age, by the end
// of the capture, or because the table is full: then the longest silent one leaves, counted.
// Every packet is in exactly one flow or in the remainder, so the books close. One thread.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.hpp"
#include "captures/flows/flow.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::captures {

struct FlowLimits {
    std::uint32_t max_flows = 262'144;
    Duration idle = Duration::seconds(60);      ///< silence that ends a flow
    Duration active = Duration::seconds(1800);  ///< age at which a living flow is reported
};

/// packets = flow_packets + other_packets, bytes likewise; bytes are those on the wire.
struct FlowTotals {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t flow_packets = 0;
    std::uint64_t flow_bytes = 0;
    std::uint64_t flow_ip_bytes = 0;  ///< what IPFIX's octetDeltaCount adds up to
    std::uint64_t other_packets = 0;  ///< ARP, STP, damaged IP headers, ...
    std::uint64_t other_bytes = 0;
    std::uint64_t flows = 0;    ///< reported
    std::uint64_t evicted = 0;  ///< of them, before their time
};

class FlowTable {
  public:
    explicit FlowTable(const FlowLimits& limits = {});
    ~FlowTable();
    FlowTable(FlowTable&&) noexcept;
    FlowTable& operator=(FlowTable&&) noexcept;

    /// Counts one packet; flows that ended go to `sink` first.
    void add(const sys::PacketRecord& record, FlowSink& sink);
    /// Reports every flow that is left.
    void finish(FlowSink& sink);
    [[nodiscard]] const FlowTotals& totals() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::captures
