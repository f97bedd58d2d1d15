// Where a DNS or DHCP message was found: everything the protocol trackers need to know of the
// packet that carried (or completed) it.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "model/address.hpp"
#include "model/dns_transaction.hpp"

namespace vedette::decode {

/// The innermost addressing of one message. `original_bytes` is the message's size on the wire when
/// the capture cut it, else 0.
struct PacketContext {
    Timestamp time;
    std::uint64_t packet = 0;  ///< 1-based number in the source
    MacAddress link_source;    ///< zero when the link has none
    MacAddress link_destination;
    IpAddress source;
    IpAddress destination;
    std::uint32_t original_bytes = 0;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t vlan = 0;
    std::uint16_t interface = 0;
    std::uint8_t hop_limit = 0;  ///< TTL or hop limit of the innermost IP header; 0 is not known
    Transport transport = Transport::Udp;
    bool has_link = false;  ///< link_source is a real MAC of the outer frame
    bool tunneled = false;  ///< link addresses belong to the tunnel's ends, not to the client
    bool fragmented = false;
    bool snapped = false;  ///< the capture kept fewer bytes than the wire carried
};

}  // namespace vedette::decode
