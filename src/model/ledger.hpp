// The books of a run. received = decoded + filtered + not_ours + sum(dropped): tests assert it to
// the packet; every exit prints it. Counters are plain: one thread counts, copies are published.
#pragma once

#include <array>
#include <cstdint>

#include "wire/anomaly/anomaly.hpp"

namespace vedette {

/// Where each received packet went, and what was found in it. Message counts follow the columns of
/// the comparison data: dns_* count messages (several per TCP segment, one per fragmented
/// datagram), the others count frames.
struct TraceCounts {
    std::uint64_t packets = 0;  ///< received from the source
    std::uint64_t bytes = 0;
    std::uint64_t decoded = 0;   ///< packets that carried or completed DNS, DHCP, ARP, NDP
    std::uint64_t filtered = 0;  ///< refused by a user's filter after capture
    std::uint64_t not_ours = 0;  ///< other traffic
    std::uint64_t damaged = 0;   ///< packets dropped from decoding because they are damaged
    std::uint64_t held = 0;      ///< fragments and TCP segments that only completed others

    std::uint64_t dns_udp_query = 0;
    std::uint64_t dns_udp_response = 0;
    std::uint64_t dns_tcp_query = 0;
    std::uint64_t dns_tcp_response = 0;
    std::uint64_t dhcp_msgs = 0;
    std::array<std::uint64_t, 20> dhcp_type{};  ///< by option 53; 0 is none, 19 is "18 and above"
    std::uint64_t dhcpv6 = 0;
    std::array<std::uint64_t, 40> dhcpv6_type{};  ///< by msg-type; 39 is "39 and above"
    std::uint64_t mdns = 0;
    std::uint64_t llmnr = 0;
    std::uint64_t nbns = 0;
    std::uint64_t arp = 0;
    std::uint64_t ndp = 0;
    std::uint64_t malformed = 0;  ///< packets with any anomaly above Info
    std::uint64_t malformed_dns = 0;
    std::uint64_t malformed_dhcp = 0;
    std::uint64_t ipv4_fragments = 0;
    std::uint64_t ipv6_fragments = 0;
    std::uint64_t vlan_frames = 0;
    std::uint64_t ipv6_frames = 0;

    std::uint64_t matched = 0;  ///< transactions by kind
    std::uint64_t unanswered = 0;
    std::uint64_t orphans = 0;
    std::uint64_t one_way = 0;
    std::uint64_t pairing_evicted = 0;  ///< queries forgotten early because the table was full

    std::array<std::uint64_t, static_cast<std::size_t>(wire::AnomalyId::Count)> anomalies{};

    [[nodiscard]] std::uint64_t dns_query() const noexcept { return dns_udp_query + dns_tcp_query; }
    [[nodiscard]] std::uint64_t dns_response() const noexcept {
        return dns_udp_response + dns_tcp_response;
    }
    /// Whether every received packet is accounted for.
    [[nodiscard]] bool balances() const noexcept {
        return packets == decoded + filtered + not_ours + damaged + held;
    }
};

}  // namespace vedette
