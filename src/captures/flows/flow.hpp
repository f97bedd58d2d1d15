// A flow: what two ends said to each other over one protocol and pair of ports, in both directions
// (RFC 5103). Made by FlowTable, written as CSV and as IPFIX. A plain value.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette::captures {

/// Why a flow was reported; values of IPFIX element 136, flowEndReason.
enum class FlowEnd : std::uint8_t { Idle = 1, Active = 2, Finished = 3, Forced = 4, Evicted = 5 };

[[nodiscard]] std::string_view to_text(FlowEnd end) noexcept;

/// One direction of a flow. `ip_bytes` counts IP headers and payload as the sender stated them
/// (IPFIX octetDeltaCount); `frame_bytes` is what the wire carried, link header included.
struct FlowSide {
    std::uint64_t packets = 0;
    std::uint64_t ip_bytes = 0;
    std::uint64_t frame_bytes = 0;
    Timestamp first;  ///< kNever until the first packet
    Timestamp last;
    std::uint8_t tcp_flags = 0;  ///< of all packets together
};

struct Flow {
    IpAddress source;  ///< who began, as far as the capture tells (docs/formats/flows.md)
    IpAddress destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t icmp = 0;  ///< ICMP type * 256 + code of the first packet
    std::uint16_t vlan = 0;  ///< outermost, of the first packet; 0 when untagged
    std::uint8_t protocol = 0;
    FlowEnd end = FlowEnd::Forced;
    FlowSide forward;
    FlowSide reverse;
    /// Flows of DNS ports: the IP payload (UDP header and message) of the first query, cut to
    /// kDnsSampleBytes; else empty.
    std::vector<std::uint8_t> dns_sample;

    [[nodiscard]] bool two_way() const noexcept { return reverse.packets != 0; }
    /// Of both directions; kNever while it has no packet.
    [[nodiscard]] Timestamp first() const noexcept {
        if (forward.packets == 0) return reverse.first;
        return two_way() && reverse.first < forward.first ? reverse.first : forward.first;
    }
    [[nodiscard]] Timestamp last() const noexcept {
        return reverse.last > forward.last ? reverse.last : forward.last;  // kNever is the least
    }
};

/// Enough for a UDP header and every question (RFC 1035: 12 + 255 + 4).
inline constexpr std::size_t kDnsSampleBytes = 8 + 12 + 255 + 4;

/// Takes flows as they end. Valid during the call only.
class FlowSink {
  public:
    virtual ~FlowSink() = default;
    virtual void on_flow(const Flow& flow) = 0;
};

}  // namespace vedette::captures
