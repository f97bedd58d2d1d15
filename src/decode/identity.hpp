// Who is behind an IP address, and how that is known. A router's own MAC is not a client: an IP
// whose traffic comes through a gateway is never attributed by link.
//
// The rule, in order. A frame's MAC is the client's own when the address is link-local, or when
// ARP, NDP or a live lease ties the address to that MAC. It is not when a live lease gives the
// address to another MAC, when the MAC is a gateway, when the hop limit was counted down, or when
// the address lies outside every prefix known to be on the link. Otherwise it is taken as the
// client's, and the address is held against the MAC: `gateway_addresses` such addresses within an
// hour (IPv6: /64 prefixes, since hosts have many addresses in one) make it a gateway. A MAC is a
// gateway at once when a router advertisement or DHCP's router option names it, and stops being one
// when ARP, NDP or leases explain its addresses. So at the start of a capture the first addresses
// behind a silent router whose hop limits tell nothing are attributed to it; nothing after that.
//
// Costs one probe of a flat table per resolve() of a known host. Single thread, bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/time.hpp"
#include "decode/packet_context.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"
#include "model/event_batch.hpp"

namespace vedette::decode {

struct ClientIdentity {
    MacAddress mac;
    MacSource source = MacSource::Unknown;
    std::string_view host;  ///< by DHCP at that moment; valid until the next call
};

/// Bounded: at most `max_hosts` addresses are remembered, the least recently seen go first (those
/// with a lease or a neighbour binding last).
struct IdentityLimits {
    std::uint32_t max_hosts = 65'536;
    std::uint32_t gateway_addresses =
        3;  ///< this many unexplained IPs behind one MAC make a router
};

class Identity {
  public:
    explicit Identity(IdentityLimits limits = {});
    ~Identity();
    Identity(Identity&&) noexcept;
    Identity& operator=(Identity&&) noexcept;

    /// An ARP sender or an NDP option bound an address to a MAC. Reports news into `out`.
    void on_neighbour(Timestamp time, const IpAddress& address, const MacAddress& mac,
                      MacSource source, EventBatch& out);
    /// A router advertisement came from `mac`, or DHCP named `address` as a router. Either may be
    /// zero when it is not known; an address alone counts from the moment a MAC is tied to it.
    void on_router(Timestamp time, const IpAddress& address, const MacAddress& mac);
    /// A prefix is on the link: from a router advertisement, or from a lease's subnet mask.
    void on_prefix(const Prefix& prefix);
    /// A lease changed hands.
    void on_lease(const LeaseEvent& lease, std::string_view host_name);
    /// A client named itself in a DHCP message of its own.
    void on_host_name(Timestamp time, const MacAddress& mac, std::string_view host_name);
    /// A packet with a client's address as its source was seen with this link source. `hop_limit`
    /// is its TTL or IPv6 hop limit, 0 when not known.
    void on_link(Timestamp time, const IpAddress& address, const MacAddress& mac,
                 std::uint8_t hop_limit = 0);
    /// Both ends of one packet: on_link() for its source, and its destination as weaker evidence.
    /// To be called once per DNS or DHCP message, before it is resolved. Ignores tunnels.
    void on_packet(const PacketContext& packet);

    /// The best knowledge about `address` at `time`. `link_mac` is the frame's MAC on the address's
    /// side: the link source of what it sent, the link destination of what was sent to it; zero
    /// when there is none. `edns_mac` (zero when absent) is what a forwarder wrote into option
    /// 65001. Order: edns, link (same segment), lease, arp/ndp.
    [[nodiscard]] ClientIdentity resolve(Timestamp time, const IpAddress& address,
                                         const MacAddress& link_mac, const MacAddress& edns_mac);

    [[nodiscard]] bool is_gateway(const MacAddress& mac) const noexcept;
    /// Addresses remembered; never above max_hosts.
    [[nodiscard]] std::size_t host_count() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
