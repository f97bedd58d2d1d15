// One DHCPv4 or DHCPv6 message as an owned event, and what the lease tracker made of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/address.hpp"
#include "model/dns_transaction.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette {

/// Values are the wire's own: option 53 of RFC 2132 for v4, msg-type of RFC 8415 for v6; 0 is a
/// v4 message without option 53 (plain BOOTP). The family is in DhcpMessage::v6.
using DhcpType = std::uint8_t;

/// "Discover", "Offer", ... / "Solicit", ...; "BOOTP request"/"BOOTP reply" come from op.
[[nodiscard]] std::string_view dhcp_type_text(DhcpType type, bool v6) noexcept;

struct DhcpMessage {
    Timestamp time;
    MacAddress link_source;
    MacAddress link_destination;
    IpAddress source;
    IpAddress destination;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t vlan = 0;
    bool v6 = false;
    std::uint8_t op = 0;  ///< v4: 1 request, 2 reply
    DhcpType type = 0;
    MacSource mac_source = MacSource::Unknown;
    std::uint32_t transaction_id = 0;   ///< 32 bits v4, 24 bits v6
    MacAddress client_mac;              ///< chaddr, or taken from the DUID / RFC 6939 option
    IpAddress client_ip;                ///< ciaddr / IA_ADDR the client has; unspecified when none
    IpAddress your_ip;                  ///< yiaddr / first IA_ADDR offered
    IpAddress server_ip;                ///< option 54, else siaddr, else a reply's source
    IpAddress relay_ip;                 ///< giaddr / outermost relay link-address
    IpAddress requested_ip;             ///< option 50
    IpAddress subnet_mask;              ///< v4: option 1; unspecified when none
    std::uint32_t lease_seconds = 0;    ///< option 51 / valid lifetime; 0xffffffff is for ever
    std::uint32_t renewal_seconds = 0;  ///< option 58 / T1
    std::uint32_t rebinding_seconds = 0;  ///< option 59 / T2
    std::uint64_t packet = 0;             ///< 1-based number in the source
    std::uint32_t interface = 0;
    std::uint16_t prefix_length = 0;  ///< v6: IA_PD prefix length, with your_ip its prefix
    std::uint16_t status = 0;         ///< v6: status code
    std::uint16_t marks = 0;          ///< DnsMarks of the policy lists
    wire::Damage damage;
    ByteSlice host_name;       ///< option 12, text as sent
    ByteSlice client_fqdn;     ///< option 81 / 39, presentation form
    ByteSlice domain;          ///< option 15
    ByteSlice vendor_class;    ///< option 60 / 16
    ByteSlice client_id;       ///< option 61 / DUID, raw
    ByteSlice server_id;       ///< v6 server DUID, raw
    ByteSlice parameters;      ///< option 55 / 6, raw (v6: 2 bytes each)
    ByteSlice routers;         ///< option 3, 4 bytes each
    ByteSlice dns_servers;     ///< option 6: 4 bytes each; v6 option 23: 16 bytes each
    ByteSlice circuit_id;      ///< option 82.1, raw
    ByteSlice remote_id;       ///< option 82.2 / 37, raw
    ByteSlice text;            ///< option 56 / status message
    ByteSlice boot_file;       ///< option 67 or `file`
    ByteSlice captive_portal;  ///< option 114
    ByteSlice message;         ///< the whole DHCP payload as captured
};

/// What happened to a lease; stored so that an IP can be attributed at any past moment.
enum class LeaseState : std::uint8_t { Offered, Bound, Released, Expired, Declined, Refused };
[[nodiscard]] std::string_view to_text(LeaseState state) noexcept;

/// A lease as the tracker knows it after a change. Keyed by (address, mac, start).
struct LeaseEvent {
    Timestamp time;   ///< of this change
    Timestamp start;  ///< when it was bound (or offered)
    Timestamp end;    ///< when it runs out or ended; kNever when for ever
    IpAddress address;
    IpAddress server;
    MacAddress mac;
    LeaseState state = LeaseState::Offered;
    bool v6 = false;
    std::uint16_t vlan = 0;
    std::uint16_t prefix_length = 0;  ///< v6: of a delegated prefix; 0 for a single address
    ByteSlice host_name;
    ByteSlice vendor_class;
    ByteSlice client_id;
};

}  // namespace vedette
