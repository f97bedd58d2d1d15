// What a line of somebody's log says of DHCP, and the events made of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "decode/bounded_map.hpp"
#include "decode/identity.hpp"
#include "decode/lease_table.hpp"
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

/// The leases of one log, followed as captured ones are: a renewal goes on with the lease that an
/// earlier line began. Bounded; one per file.
class NotedLeases {
  public:
    /// What the message says: an OFFER, an ACK with a lease time, a RELEASE or a DECLINE.
    void follow(const DhcpNote& note, EventBatch& out);
    void bind(const DhcpNote& note, EventBatch& out);
    /// Without a MAC address: of whoever holds it.
    void end(const DhcpNote& note, LeaseState state, EventBatch& out);

  private:
    static constexpr std::uint32_t kLeases = 65'536;
    struct Holder {
        MacAddress mac;
        [[nodiscard]] std::uint8_t worth() const noexcept { return 0; }
    };

    decode::Identity who_;
    decode::LeaseTable leases_{who_, kLeases};
    decode::BoundedMap<IpAddress, Holder, IpHash> holders_{kLeases};
};

}  // namespace vedette::importer
