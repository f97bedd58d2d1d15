// Who is behind an IP address, and how that is known. A router's own MAC is not a client: an IP
// whose traffic comes through a gateway is never attributed by link.
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
    std::string_view host;   ///< by DHCP at that moment; valid until the next call
};

/// Bounded: at most `max_hosts` addresses are remembered, the least recently seen go first.
struct IdentityLimits {
    std::uint32_t max_hosts = 65'536;
    std::uint32_t gateway_addresses = 3;  ///< this many unexplained IPs behind one MAC make a router
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
    /// A lease changed hands.
    void on_lease(const LeaseEvent& lease, std::string_view host_name);
    /// A packet with a client's address as its source was seen with this link source.
    void on_link(Timestamp time, const IpAddress& address, const MacAddress& mac);

    /// The best knowledge about `address` at `time`. `edns_mac` (zero when absent) is what a
    /// forwarder wrote into option 65001. Order: edns, link (same segment), lease, arp/ndp.
    [[nodiscard]] ClientIdentity resolve(Timestamp time, const IpAddress& address,
                                         const MacAddress& link_mac, const MacAddress& edns_mac);

    [[nodiscard]] bool is_gateway(const MacAddress& mac) const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
