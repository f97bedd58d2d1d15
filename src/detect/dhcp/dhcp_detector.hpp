// Finds what should not happen with addresses on a network:
//
//   dhcp.unknown-server  offers from a server that is neither authorized nor known nor the first
//   one
//                        of its network
//   dhcp.starvation      one card asks under many MAC addresses, or a network sees very many at
//   once dhcp.conflict        a client declines its address, or an address goes to and fro between
//   cards
//
// A network is a VLAN; DHCPv4 and DHCPv6 have servers of their own. Constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "detect/detector.hpp"
#include "model/policy/policy.hpp"

namespace vedette::detect {

struct DhcpSettings {
    std::uint32_t addresses_of_card = 20;      ///< client MACs asked for by one card in ten seconds
    std::uint32_t addresses_of_network = 100;  ///< client MACs that discover in ten seconds
    std::uint32_t flips = 3;                   ///< changes of an address's card within a minute
    bool declined = true;                      ///< tell a declined address
    std::size_t max_networks = 1'024;
    std::size_t max_cards = 8'192;
    std::size_t max_addresses = 16'384;

    [[nodiscard]] static DhcpSettings of(Preset preset);
};

/// `known_servers`: of earlier runs. `policy` must outlive the detector; null: no lists.
[[nodiscard]] std::unique_ptr<Detector> make_dhcp_detector(
    const DhcpSettings& settings, const PolicyHolder* policy,
    const std::vector<IpAddress>& known_servers = {});

}  // namespace vedette::detect
