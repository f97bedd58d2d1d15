// What a line of somebody's log says of DHCP, and the events made of it. No state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/event_batch.hpp"

namespace vedette::importer {

// Option 53 of RFC 2132.
inline constexpr DhcpType kDhcpDiscover = 1;
inline constexpr DhcpType kDhcpOffer = 2;
inline constexpr DhcpType kDhcpDecline = 4;
inline constexpr DhcpType kDhcpAck = 5;
inline constexpr DhcpType kDhcpRelease = 7;

struct DhcpNote {
    Timestamp time;
    DhcpType type = 0;
    bool v6 = false;
    MacAddress mac;
    std::uint32_t transaction_id = 0;
    IpAddress client_ip;
    IpAddress your_ip;
    IpAddress server_ip;
    IpAddress requested_ip;
    IpAddress relay_ip;
    std::uint32_t lease_seconds = 0;
    std::uint16_t prefix_length = 0;
    std::string host;
    std::string fqdn;
    std::string domain;
    std::string client_id;  ///< raw
};

/// "DISCOVER", "discover", "DHCPDISCOVER", any case; 0 for none.
[[nodiscard]] DhcpType dhcp_type_of(std::string_view word) noexcept;

/// Appends a DHCPv4 message.
void add_message(const DhcpNote& note, EventBatch& out);
/// Appends the state of the lease of `your_ip`: from `time` for lease_seconds.
void add_lease(const DhcpNote& note, LeaseState state, EventBatch& out);

}  // namespace vedette::importer
