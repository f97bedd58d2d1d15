// Packets -> events: link, IP, fragments, tunnels, UDP, TCP streams; DNS and DHCP messages go to
// their trackers, ARP and NDP to the identity table. One thread. Owns every budget and the ledger.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "decode/dhcp_tracker.hpp"
#include "decode/dns_tracker.hpp"
#include "decode/identity.hpp"
#include "model/event_batch.hpp"
#include "model/ledger.hpp"
#include "sys/capture/packet_batch.hpp"

namespace vedette::decode {

struct DecoderOptions {
    DnsTrackerLimits dns;
    DhcpTrackerLimits dhcp;
    IdentityLimits identity;
    std::uint32_t max_fragment_bytes = 16U << 20U;
    std::uint32_t max_streams = 65'536;
    std::uint32_t max_stream_bytes = 32U << 20U;  ///< buffered out-of-order data, all streams
    std::uint32_t max_tunnel_depth = 4;
    std::vector<std::uint16_t> dns_ports{53};  ///< besides 5353, 5355 and 137
    bool guess_dns_ports = true;               ///< take DNS-looking datagrams on other ports
    bool encrypted = false;  ///< also tell where DNS may go encrypted (EventBatch::encrypted)
};

class Decoder {
  public:
    explicit Decoder(DecoderOptions options = {});
    ~Decoder();

    /// Decodes every packet of the batch, appending events to `out` (not cleared here).
    void decode(const sys::PacketBatch& batch, EventBatch& out);
    /// Live sources: moves time forward when no packet does.
    void advance(Timestamp now, EventBatch& out);
    /// The end of the source: tells everything still pending.
    void finish(EventBatch& out);

    [[nodiscard]] const TraceCounts& counts() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
